"""Lists and tags inside a contact write (docs/activecampaign.md, section 3.4)."""

from sonisbridge.sandbox.contact_writes import ContactWriter
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import ACTIVE, UNSUBSCRIBED, Contact, Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api


def inline_problem(api: Api, request: Request, given: Row) -> Reply | None:
    """An unknown list fails the whole call."""
    if given.get("lists") or given.get("tags"):
        request.note("inline_lists" if given.get("lists") else "inline_tags")
    if not api.service.switches.on("sync_inline_lists"):
        return None
    lists, tags = given.get("lists") or [], given.get("tags") or []
    if not isinstance(lists, list) or not isinstance(tags, list):
        return invalid("lists and tags must be arrays", code="field_invalid")
    for entry in lists:
        if not isinstance(entry, dict) or api.world["lists"].get(entry.get("list")) is None:
            return invalid("List id not valid", code="field_invalid")
    if any(not isinstance(tag, str) or not tag.strip() for tag in tags):
        return invalid("Tag name not valid", code="field_invalid")
    return None


def apply_inline(api: Api, writer: ContactWriter, contact: Contact, given: Row) -> None:
    """A named list becomes active, whatever it was; tags are made when they are missing."""
    if not api.service.switches.on("sync_inline_lists"):
        return
    for entry in given.get("lists") or ():
        list_id = as_id(entry["list"])
        status = UNSUBSCRIBED if as_text(entry.get("status")) == "2" else ACTIVE
        held = contact.lists.get(list_id) if list_id is not None else None
        opted_out = held is not None and held.status == UNSUBSCRIBED and status == ACTIVE
        if opted_out and api.service.switches["resubscribe_allowed"] == "off":
            continue
        if list_id is not None:
            writer.list_status(contact, list_id, status, sourceid=4)
    for name in given.get("tags") or ():
        writer.add_tag(contact, int(tag_named(api, name)["id"]))


def tag_named(api: Api, name: str) -> Row:
    """The tag of that name, made where it is missing."""
    row = api.world.named("tags", "tag", name)
    if row is None:
        row = api.world["tags"].add(
            {"tagType": "contact", "tag": name, "description": "", "cdate": api.service.stamp()}
        )
    return row
