"""Lists, list permissions and tags (docs/activecampaign.md, section 7)."""

from typing import Any

from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid, no_result, numbered, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing, order_rows
from sonisbridge.sandbox.world import World

_LIST_DEFAULTS: Row = {
    "p_use_tracking": "1",
    "p_use_analytics_read": "0",
    "p_use_analytics_link": "0",
    "p_use_twitter": "0",
    "p_use_facebook": "0",
    "p_embed_image": "1",
    "p_use_captcha": "1",
    "send_last_broadcast": "0",
    "private": "0",
    "analytics_domains": None,
    "analytics_source": "",
    "analytics_ua": "",
    "twitter_token": "",
    "twitter_token_secret": "",
    "facebook_session": None,
    "carboncopy": None,
    "subscription_notify": None,
    "unsubscription_notify": None,
    "require_name": "0",
    "get_unsubscribe_reason": "0",
    "to_name": "Subscriber",
    "optinoptout": "1",
    "sender_name": "",
    "sender_addr1": "",
    "sender_addr2": "",
    "sender_city": "",
    "sender_state": "",
    "sender_zip": "",
    "sender_country": "",
    "sender_phone": "",
    "fulladdress": "",
    "optinmessageid": "0",
    "optoutconf": "0",
    "deletestamp": None,
}


def add_list(world: World, stamp: str, given: Row) -> Row:
    """Make a list."""
    name = as_text(given["name"])
    return world["lists"].add(
        {
            "stringid": as_text(given.get("stringid")) or "-".join(name.lower().split()),
            "userid": "1",
            "name": name,
            "cdate": stamp,
            **_LIST_DEFAULTS,
            "channel": as_text(given.get("channel")) or "email",
            "sender_url": as_text(given.get("sender_url")),
            "sender_reminder": as_text(given.get("sender_reminder")),
            "udate": stamp,
            "user": "1",
        }
    )


def list_lists(api: Api, request: Request) -> Reply:
    """GET /lists."""
    rows = list(api.world["lists"])
    contains = api.service.switches["list_name_filter"] == "contains"
    for path, wanted in request.query.filters().items():
        if path[0] == "name":
            operator = path[1] if len(path) > 1 else ("contains" if contains else "eq")
            rows = [row for row in rows if text_matches(str(row["name"]), operator, wanted)]
        else:
            request.note("unknown_filter")
            if api.service.switches["unknown_filters"] == "reject":
                return numbered(422, "Invalid attribute", detail="Invalid filter field")
    order_rows(request, rows, {"name": "name", "id": "id", "cdate": "cdate"})
    return listing(api, request, name="lists", rows=[api.shapes.row("lists", row) for row in rows])


def text_matches(text: str, operator: str, wanted: str) -> bool:
    """Whether a text matches by one of the service's operators; an unknown one matches all."""
    own, other = text.casefold(), wanted.casefold()
    tests: dict[str, Any] = {
        "eq": own == other,
        "neq": own != other,
        "contains": other in own,
        "starts": own.startswith(other),
        "starts_with": own.startswith(other),
        "ends": own.endswith(other),
        "lt": own < other,
        "lte": own <= other,
        "gt": own > other,
        "gte": own >= other,
        "in": own in {part.strip() for part in other.split(",")},
    }
    return bool(tests.get(operator, True))


def get_list(api: Api, request: Request) -> Reply:
    """GET /lists/{id}."""
    row = api.world["lists"].get(request.ids[0])
    if row is None:
        return no_result("_List", request.ids[0])
    return ok({"list": api.shapes.row("lists", row)})


def create_list(api: Api, request: Request) -> Reply:
    """POST /lists."""
    given = request.part("list")
    for name in ("name", "stringid", "sender_url", "sender_reminder"):
        if not as_text(given.get(name)).strip():
            pointer = f"/data/attributes/{name}"
            return invalid(f"The list {name} was not provided.", code="field_missing", pointer=pointer)
    row = add_list(api.world, api.service.stamp(), given)
    shown = api.shapes.row("lists", row)
    keys = ("name", "stringid", "channel", "cdate", "udate", "links", "id")
    status = int(api.service.switches["list_create_status"])
    return ok({"list": {key: shown[key] for key in keys}}, status)


def delete_list(api: Api, request: Request) -> Reply:
    """DELETE /lists/{id}: 403 where there is none."""
    row = api.world["lists"].get(request.ids[0])
    if row is None:
        return no_result("_List", request.ids[0], 403)
    key = int(row["id"])
    api.world["lists"].remove(key)
    for contact in api.world.contacts.values():
        part = contact.lists.pop(key, None)
        if part is not None:
            del api.world.memberships[part.id]
            api.world.dirty_contacts.add(contact.id)
    return ok({})


def create_list_group(api: Api, request: Request) -> Reply:
    """POST /listGroups: lets the users of a group see a list."""
    given = request.part("listGroup")
    found = api.world["lists"].get(given.get("listid"))
    group = api.world["groups"].get(given.get("groupid"))
    if found is None or group is None:
        name = "list" if found is None else "group"
        return invalid(f"The {name} does not exist", code="field_invalid")
    ids = {"list": int(found["id"]), "group": int(group["id"])}
    row = api.world["listGroups"].add(dict(ids))
    return ok({"listGroup": api.shapes.row("listGroups", row)}, 201)


def list_list_groups(api: Api, request: Request) -> Reply:
    """GET /listGroups."""
    rows = [api.shapes.row("listGroups", row) for row in api.world["listGroups"]]
    return listing(api, request, name="listGroups", rows=rows)


# -- tags


def list_tags(api: Api, request: Request) -> Reply:
    """GET /tags: search is contains."""
    rows = list(api.world["tags"])
    if search := request.query.one("search"):
        rows = [row for row in rows if text_matches(str(row["tag"]), "contains", search)]
    for path, wanted in request.query.filters().items():
        if path[0] in ("search", "tag"):
            operator = path[1] if len(path) > 1 else "contains"
            rows = [row for row in rows if text_matches(str(row["tag"]), operator, wanted)]
        elif path[0] == "tagType":
            rows = [row for row in rows if row["tagType"] == wanted]
    order_rows(request, rows, {"search": "tag", "tag": "tag", "id": "id"})
    return listing(api, request, name="tags", rows=[api.shapes.row("tags", row) for row in rows])


def get_tag(api: Api, request: Request) -> Reply:
    """GET /tags/{id}."""
    row = api.world["tags"].get(request.ids[0])
    if row is None:
        return no_result("Tag", request.ids[0])
    key = int(row["id"])
    count = sum(1 for _, tag_id in api.world.tag_links.values() if tag_id == key)
    return ok({"tag": {**api.shapes.row("tags", row), "subscriber_count": str(count)}})


def create_tag(api: Api, request: Request) -> Reply:
    """POST /tags: what a known name answers is a switch."""
    given = request.part("tag")
    name = as_text(given.get("tag")).strip()
    if not name:
        return invalid("The tag name was not provided.", code="field_missing")
    kind = as_text(given.get("tagType"))
    held = api.world.named("tags", "tag", name)
    if held is not None:
        answer = api.service.switches["tag_duplicate"]
        if answer == "reject":
            return invalid("There is already a tag with this name", code="duplicate")
        if answer == "sql_error":
            error = f"Duplicate entry '{kind or 'contact'}-{name}' for key 'typetag'"
            return ok({"message": "Could not process request", "error": error}, 422)
        return ok({"tag": api.shapes.row("tags", held)})
    row = api.world["tags"].add(
        {
            "tagType": kind or "template",
            "tag": name,
            "description": as_text(given.get("description")),
            "cdate": api.service.stamp(),
        }
    )
    return ok({"tag": api.shapes.row("tags", row)}, 201)


def update_tag(api: Api, request: Request) -> Reply:
    """PUT /tags/{id}."""
    row = api.world["tags"].get(request.ids[0])
    if row is None:
        return no_result("Tag", request.ids[0])
    given = request.part("tag")
    changes: Row = {key: as_text(given[key]) for key in ("tag", "tagType", "description") if key in given}
    holder = api.world.named("tags", "tag", str(changes.get("tag", row["tag"])))
    if holder is not None and holder is not row:
        return invalid("There is already a tag with this name", code="duplicate")
    api.world["tags"].change(row, changes)
    return ok({"tag": api.shapes.row("tags", row)})


def delete_tag(api: Api, request: Request) -> Reply:
    """DELETE /tags/{id}: takes it off everybody."""
    key = as_id(request.ids[0])
    if key is None or key not in api.world["tags"].rows:
        return no_result("Tag", request.ids[0])
    api.world["tags"].remove(key)
    for link_id, (owner, tag_id) in list(api.world.tag_links.items()):
        if tag_id == key:
            del api.world.tag_links[link_id]
            api.world.contacts[owner].tags.pop(key, None)
            api.world.dirty_contacts.add(owner)
    return ok({})


ROUTES: dict[str, Handler] = {
    "GET lists": list_lists,
    "POST lists": create_list,
    "GET lists/{id}": get_list,
    "DELETE lists/{id}": delete_list,
    "GET listGroups": list_list_groups,
    "POST listGroups": create_list_group,
    "GET tags": list_tags,
    "POST tags": create_tag,
    "GET tags/{id}": get_tag,
    "PUT tags/{id}": update_tag,
    "DELETE tags/{id}": delete_tag,
}
