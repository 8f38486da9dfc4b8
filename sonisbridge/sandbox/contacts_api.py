"""/contacts and /contact/sync (docs/activecampaign.md, section 3)."""

import re
from typing import Any

from sonisbridge.sandbox.contact_listing import BadFilter, find_page
from sonisbridge.sandbox.contact_writes import ContactWriter, WriteRefused
from sonisbridge.sandbox.field_values import ValueRefused, ValueRules, as_text
from sonisbridge.sandbox.inline_parts import apply_inline, inline_problem
from sonisbridge.sandbox.records import Contact, Row, as_id
from sonisbridge.sandbox.replies import (
    Reply,
    invalid,
    message,
    no_result,
    numbered,
    ok,
    text_reply,
)
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, origin
from sonisbridge.sandbox.shapes import ids_text

EMAIL = re.compile(r"^[^\s@\"(),:;<>\[\\\]]+@[^\s@\"(),:;<>\[\\\]]+\.[A-Za-z]{2,}$")
_STANDARD = {"firstName": "first_name", "lastName": "last_name", "phone": "phone"}


def list_contacts(api: Api, request: Request) -> Reply:
    """GET /contacts."""
    try:
        page = find_page(api.service, request)
    except BadFilter as error:
        return numbered(422, "Invalid attribute", detail=f"Invalid filter field: {error}")
    include = request.query.include()
    if request.query.has("id_greater") and not api.service.switches.on("include_with_id_greater"):
        include = set()
    sides = _side_loads(api, page.contacts, include)
    contacts = ",".join(api.shapes.contact(contact, _side_ids(contact, include)) for contact in page.contacts)
    limit = request.query.one("limit")
    total = page.total if api.service.switches["meta_total"] == "number" else f'"{page.total}"'
    shown = as_id(limit) or 20
    return text_reply(
        f'{{"scoreValues":[],"contacts":[{contacts}],{sides}'
        f'"meta":{{"total":{total},"page_input":{{"segmentid":0,"formid":0,"listid":0,"tagid":0,'
        f'"limit":{min(shown, 100)},"offset":{request.offset()},"search":null,"sort":null,'
        f'"seriesid":0,"waitid":0,"status":-1,"forceQuery":0,"cacheid":""}}}}}}'
    )


def _side_ids(contact: Contact, include: set[str]) -> str:
    text = ""
    if "fieldValues" in include:
        text += ids_text("fieldValues", (contact.id * 10_000 + key for key in contact.values))
    if any(name.startswith("contactLists") for name in include):
        text += ids_text("contactLists", (part.id for part in contact.lists.values()))
    if any(name.startswith("contactTags") for name in include):
        text += ids_text("contactTags", (link.id for link in contact.tags.values()))
    return text


def _side_loads(api: Api, contacts: list[Contact], include: set[str]) -> str:
    shapes, world = api.shapes, api.world
    most = api.service.switches.number("include_limit") or None
    parts: dict[str, list[str]] = {}
    writers = {
        "fieldValues": shapes.values,
        "contactLists": shapes.memberships,
        "contactTags": shapes.tag_links,
        "accountContacts": shapes.account_links,
    }
    for name, write in writers.items():
        if any(asked.partition(".")[0] == name for asked in include):
            parts[name] = [text for contact in contacts for text in write(contact)]
    if "contactAutomations" in include:
        wanted = {str(contact.id) for contact in contacts}
        rows = [row for row in world["contactAutomations"] if str(row["contact"]) in wanted]
        parts["contactAutomations"] = [_dump(shapes.row("contactAutomations", row)) for row in rows]
    related = {
        "contactLists.list": ("lists", {key for one in contacts for key in one.lists}),
        "contactTags.tag": ("tags", {key for one in contacts for key in one.tags}),
        "accountContacts.account": (
            "accounts",
            {one.account.account for one in contacts if one.account},
        ),
    }
    for name, (kind, keys) in related.items():
        if name in include:
            rows = [world[kind].rows[key] for key in sorted(keys) if key in world[kind].rows]
            parts[kind] = [_dump(shapes.row(kind, row)) for row in rows]
    return "".join(f'"{name}":[{",".join(texts[:most])}],' for name, texts in parts.items())


def _dump(row: Row) -> str:
    return ok(row).body.decode()


def get_contact(api: Api, request: Request) -> Reply:
    """GET /contacts/{id}: a deleted contact reads with its address rewritten."""
    key = as_id(request.ids[0])
    contact = api.world.contacts.get(key) if key is not None else None
    gone = contact is not None and contact.deleted
    if contact is None or (gone and api.service.switches["deleted_reads"] == "missing"):
        return no_result("Subscriber", request.ids[0])
    shapes = api.shapes
    extra = _side_ids(contact, {"fieldValues", "contactLists", "contactTags"})
    automations = [
        shapes.row("contactAutomations", row)
        for row in api.world["contactAutomations"]
        if as_id(row["contact"]) == contact.id
    ]
    keys = (int(row["id"]) for row in automations)
    extra += ids_text("contactAutomations", keys) + ',"deals":[],"geoIps":[]'
    return text_reply(
        f'{{"contactAutomations":{_dump_list(automations)},'
        f'"contactLists":[{",".join(shapes.memberships(contact))}],"deals":[],'
        f'"fieldValues":[{",".join(shapes.values(contact))}],"geoIps":[],"geoAddresses":[],'
        f'"accountContacts":[{",".join(shapes.account_links(contact))}],'
        f'"contact":{shapes.contact(contact, extra)}}}'
    )


def _dump_list(rows: list[Row]) -> str:
    return f"[{','.join(_dump(row) for row in rows)}]"


def create_contact(api: Api, request: Request) -> Reply:
    """POST /contacts: 422 `duplicate` when the address is taken."""
    given = request.part("contact")
    email = as_text(given.get("email"))
    if not email.strip():
        phone_only = api.service.switches.on("allow_null_email") and given.get("allowNullEmail")
        if not (phone_only and as_text(given.get("phone")).strip()):
            return _email_missing()
    elif not EMAIL.match(email.strip()):
        return _email_invalid()
    if (problem := _problem(api, request, given, strict=True)) is not None:
        return problem
    writer = ContactWriter(api.service, origin(request))
    return _guarded(lambda: _written(api, request, writer, writer.create(email), status=201))


def _email_missing() -> Reply:
    return invalid(
        "The email address was not provided.",
        code="field_missing",
        pointer="/data/attributes/email",
    )


def _email_invalid() -> Reply:
    title = "Contact Email Address is not valid."
    error: dict[str, Any] = {"title": title, "detail": "", "code": "email_invalid"}
    error |= {"error": "must_be_valid_email_address", "source": {"pointer": "/data/attributes/email"}}
    return ok({"errors": [error]}, 422)


def sync_contact(api: Api, request: Request) -> Reply:
    """POST /contact/sync: creates or updates by e-mail; unknown field ids are ignored."""
    given = request.part("contact")
    switches = api.service.switches
    email = as_text(given.get("email")).strip()
    contact = api.world.find(email) if email else None
    if not email and switches.on("sync_matches_phone"):
        contact = _by_phone(api, as_text(given.get("phone")))
    if not email and contact is None:
        return numbered(400, "Bad Request", detail="Contact email is required")
    if email and not EMAIL.match(email):
        return _email_invalid()
    if (problem := _problem(api, request, given, strict=False)) is not None:
        return problem
    writer = ContactWriter(api.service, origin(request))
    status = 201 if contact is None else int(switches["sync_update_status"])
    return _guarded(lambda: _written(api, request, writer, contact or writer.create(email), status=status))


def _by_phone(api: Api, phone: str) -> Contact | None:
    if not phone.strip():
        return None
    contacts = (api.world.contacts[key] for key in api.world.live)
    return next((contact for contact in contacts if contact.phone == phone), None)


def update_contact(api: Api, request: Request) -> Reply:
    """PUT /contacts/{id}: only the keys that are sent."""
    contact = api.contact(request.ids[0])
    if contact is None:
        return no_result("Subscriber", request.ids[0])
    given = request.part("contact")
    email = as_text(given.get("email")).strip()
    if email and not EMAIL.match(email):
        return _email_invalid()
    if (problem := _problem(api, request, given, strict=True)) is not None:
        return problem
    writer = ContactWriter(api.service, origin(request))

    def write() -> Reply:
        if email:
            writer.rename(contact, email)
        return _written(api, request, writer, contact, status=200)

    return _guarded(write)


def delete_contact(api: Api, request: Request) -> Reply:
    """DELETE /contacts/{id}."""
    contact = api.contact(request.ids[0])
    if contact is None:
        return message(404, f"No result found for contact with id {request.ids[0]}")
    request.entry.body = {"contact": str(contact.id)}
    writer = ContactWriter(api.service, origin(request))
    writer.delete(contact)
    writer.commit(contact)
    return ok({})


def _guarded(write: Any) -> Reply:
    try:
        reply: Reply = write()
    except WriteRefused as error:
        return refused(error)
    return reply


def refused(error: WriteRefused) -> Reply:
    """The 422 of a refused write."""
    return invalid(error.title, code=error.code, pointer=error.pointer)


def _problem(api: Api, request: Request, given: Row, *, strict: bool) -> Reply | None:
    """What is wrong before anything is written; also notes the request in the log."""
    values = given.get("fieldValues")
    if values is not None and not isinstance(values, list):
        return invalid("fieldValues must be an array", code="field_invalid")
    if "fieldValues" in request.top():
        request.note("field_values_beside_contact")
    keys = [key for key in given if key not in ("fieldValues", "email")]
    for entry in values or ():
        if not isinstance(entry, dict) or isinstance(entry.get("value"), dict):
            return invalid("fieldValues holds an entry that is no object", code="field_invalid")
        field = api.world["fields"].get(entry.get("field"))
        keys.append(f"field:{entry.get('field')}")
        if field is None:
            request.note("unknown_field")
            if strict and api.service.switches["unknown_field_put"] == "reject":
                return invalid("Field id not valid", code="field_invalid")
        else:
            try:
                ValueRules(world=api.world, switches=api.service.switches).take(field, entry.get("value"))
            except ValueRefused as error:
                return invalid(str(error), code="field_invalid")
    request.entry.body = {"email": given.get("email"), "keys": keys}
    if request.ids:
        request.entry.body["contact"] = request.ids[0]
    for key in _STANDARD:
        if isinstance(given.get(key), dict | list):
            return invalid(f"{key} must be text", code="field_invalid")
    return inline_problem(api, request, given)


def _written(api: Api, request: Request, writer: ContactWriter, contact: Contact, *, status: int) -> Reply:
    given = request.part("contact")
    standard = {_STANDARD[key]: as_text(given[key]) for key in _STANDARD if key in given}
    writer.standard(contact, standard)
    touched: list[int] = []
    for entry in given.get("fieldValues") or ():
        field = api.world["fields"].get(entry.get("field"))
        if field is not None:
            writer.value(contact, field, entry.get("value"))
            touched.append(int(field["id"]))
    apply_inline(api, writer, contact, given)
    writer.commit(contact)
    request.entry.body["contact"] = str(contact.id)
    shown = [key for key in dict.fromkeys(touched) if key in contact.values]
    values = ",".join(api.shapes.value(contact, key, contact.values[key]) for key in shown)
    extra = ids_text("fieldValues", (contact.id * 10_000 + key for key in shown))
    return text_reply(f'{{"fieldValues":[{values}],"contact":{api.shapes.contact(contact, extra)}}}', status)


ROUTES: dict[str, Handler] = {
    "GET contacts": list_contacts,
    "POST contacts": create_contact,
    "POST contact/sync": sync_contact,
    "GET contacts/{id}": get_contact,
    "PUT contacts/{id}": update_contact,
    "DELETE contacts/{id}": delete_contact,
}
