"""Custom field definitions: /fields, /fieldOption, /fieldRels (docs/activecampaign.md, section 5.1)."""

import re
from typing import Any

from sonisbridge.sandbox.field_values import FIELD_TYPES, as_text
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, forbidden, invalid, no_result, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing, order_rows
from sonisbridge.sandbox.world import World

_NOT_TAG = re.compile(r"[^A-Z0-9_]")
_TYPE_NAMES = {"multiselect": "listbox", "null": "NULL", "": "text"}


def make_perstag(title: str) -> str:
    """The personalization tag that a title gives: upper case, blanks as _, no punctuation."""
    return _NOT_TAG.sub("", "_".join(title.upper().split()))[:100] or "FIELD"


def add_field(world: World, stamp: str, given: Row) -> Row:
    """Make a field; title and type are already checked."""
    number = world["fields"].last_id + 1
    kind = as_text(given.get("type")) or "text"
    row: Row = {
        "title": as_text(given["title"]),
        "descript": given.get("descript"),
        "type": _TYPE_NAMES.get(kind, kind),
        "isrequired": _flag(given.get("isrequired"), "0"),
        "perstag": as_text(given.get("perstag")) or free_perstag(world, as_text(given["title"])),
        "defval": given.get("defval"),
        "show_in_list": _flag(given.get("show_in_list"), "0"),
        "rows": as_text(given.get("rows")) or "0",
        "cols": as_text(given.get("cols")) or "0",
        "visible": _flag(given.get("visible"), "1"),
        "service": as_text(given.get("service")),
        "ordernum": as_text(given.get("ordernum")) or str(number),
        "cdate": stamp,
        "udate": stamp,
    }
    return world["fields"].add(row)


def _flag(value: Any, missing: str) -> str:
    if value is None:
        return missing
    return "0" if value in (False, 0, "0", "", "false") else "1"


def free_perstag(world: World, title: str) -> str:
    """A personalization tag for a title that no field has yet."""
    base = tag = make_perstag(title)
    number = 1
    while world.named("fields", "perstag", tag):
        number += 1
        tag = f"{base}_{number}"
    return tag


def add_option(world: World, stamp: str, field_id: int, given: Row) -> Row:
    """Make an option of a field."""
    value = as_text(given.get("value"))
    return world["fieldOptions"].add(
        {
            "field": str(field_id),
            "orderid": as_text(given.get("orderid")) or str(len(world.options_of(field_id)) + 1),
            "value": value,
            "label": as_text(given.get("label")) or value,
            "isdefault": _flag(given.get("isdefault"), "0"),
            "cdate": stamp,
            "udate": stamp,
        }
    )


def shown_field(api: Api, row: Row) -> Row:
    """A field with the ids of its options and relations."""
    key = str(row["id"])
    relations = [str(rel["id"]) for rel in api.world["fieldRels"] if str(rel["field"]) == key]
    options = [option["id"] for option in api.world.options_of(int(key))]
    return {**api.shapes.row("fields", row), "options": options, "relations": relations}


def _sides(api: Api, rows: list[Row]) -> dict[str, list[Row]]:
    keys = {str(row["id"]) for row in rows}
    sides = {}
    for name in ("fieldOptions", "fieldRels"):
        found = [row for row in api.world[name] if str(row["field"]) in keys]
        sides[name] = [api.shapes.row(name, row) for row in found]
    return sides


def list_fields(api: Api, request: Request) -> Reply:
    """GET /fields."""
    rows = list(api.world["fields"])
    wanted = request.query.one("filters", "perstag")
    if wanted is not None:
        rows = [row for row in rows if row["perstag"] == wanted.strip("%").upper()]
    order_rows(request, rows, {"title": "title", "id": "id"})
    default = api.service.switches.number("default_page_fields")
    limit, offset = request.limit(default), request.offset()
    page = rows[offset : offset + limit]
    return ok(
        {
            **_sides(api, page),
            "fields": [shown_field(api, row) for row in page],
            "meta": {"total": api.total(len(rows))},
        }
    )


def get_field(api: Api, request: Request) -> Reply:
    """GET /fields/{id}."""
    row = api.world["fields"].get(request.ids[0])
    if row is None:
        return no_result("Field", request.ids[0])
    return ok({**_sides(api, [row]), "field": shown_field(api, row)})


def field_options(api: Api, request: Request) -> Reply:
    """GET /fields/{id}/options."""
    row = api.world["fields"].get(request.ids[0])
    if row is None:
        return no_result("Field", request.ids[0])
    rows = [api.shapes.row("fieldOptions", one) for one in api.world.options_of(int(row["id"]))]
    return listing(api, request, name="fieldOptions", rows=rows)


def field_relations(api: Api, request: Request) -> Reply:
    """GET /fields/{id}/relations."""
    row = api.world["fields"].get(request.ids[0])
    if row is None:
        return no_result("Field", request.ids[0])
    return ok({"fieldRels": _sides(api, [row])["fieldRels"]})


def _duplicate(title: str) -> Reply:
    return invalid(
        "There is already a field with this title",
        detail=f"There is already a field named '{title}' -- choose another name",
        code="duplicate",
    )


def create_field(api: Api, request: Request) -> Reply:
    """POST /fields: 422 where the title exists."""
    switches = api.service.switches
    if not switches.on("fields_permitted"):
        return forbidden()
    given = request.part("field")
    title, kind = as_text(given.get("title")).strip(), as_text(given.get("type"))
    if not title:
        return invalid("The field title was not provided.", code="field_missing")
    if not kind:
        return invalid("The field type was not provided.", code="field_missing")
    if kind not in FIELD_TYPES and kind not in _TYPE_NAMES:
        return invalid("The field type is not valid.", code="field_invalid")
    if api.world.named("fields", "title", title):
        return _duplicate(title)
    given = {**given, "title": title}
    if (wanted := as_text(given.get("perstag"))) != "":
        tag = make_perstag(wanted.strip("%"))
        taken = api.world.named("fields", "perstag", tag) is not None
        if taken and switches["perstag_unique"] == "reject":
            return invalid("There is already a field with this perstag", code="duplicate")
        suffixed = taken and switches["perstag_unique"] == "suffix"
        given["perstag"] = free_perstag(api.world, tag) if suffixed else tag
    request.entry.body = {"keys": sorted(given)}
    row = shown_field(api, add_field(api.world, api.service.stamp(), given))
    if switches["field_reply"] == "list":
        meta = {"total": api.total(1)}
        return ok({"fieldOptions": [], "fieldRels": [], "fields": [row], "meta": meta}, 201)
    return ok({"field": row}, 201)


def update_field(api: Api, request: Request) -> Reply:
    """PUT /fields/{id}."""
    if not api.service.switches.on("fields_permitted"):
        return forbidden()
    row = api.world["fields"].get(request.ids[0])
    if row is None:
        return no_result("Field", request.ids[0])
    given = request.part("field")
    changes: Row = {}
    for key in ("title", "type", "descript", "defval", "service", "ordernum", "perstag"):
        if key in given:
            changes[key] = as_text(given[key])
    for key in ("visible", "show_in_list", "isrequired"):
        if key in given:
            changes[key] = _flag(given[key], "0")
    title = str(changes.get("title", row["title"])).strip()
    holder = api.world.named("fields", "title", title)
    if not title:
        return invalid("The field title was not provided.", code="field_missing")
    if holder is not None and holder is not row:
        return _duplicate(title)
    if changes.get("type", row["type"]) not in FIELD_TYPES:
        return invalid("The field type is not valid.", code="field_invalid")
    if "perstag" in changes:
        changes["perstag"] = make_perstag(changes["perstag"].strip("%"))
    api.world["fields"].change(row, {**changes, "udate": api.service.stamp()})
    shown = shown_field(api, row)
    numbers = ("isrequired", "show_in_list", "rows", "cols", "visible", "ordernum")
    shown |= {key: as_id(shown[key]) or 0 for key in numbers}
    return ok({**_sides(api, [row]), "field": shown})


def drop_field(world: World, key: int) -> None:
    """Remove a field with its options, relations and everybody's values."""
    world["fields"].remove(key)
    for name in ("fieldOptions", "fieldRels"):
        for row in [row for row in world[name] if str(row["field"]) == str(key)]:
            world[name].remove(int(row["id"]))
    for contact in world.contacts.values():
        if contact.values.pop(key, None) is not None:
            world.dirty_contacts.add(contact.id)


def delete_field(api: Api, request: Request) -> Reply:
    """DELETE /fields/{id}."""
    if not api.service.switches.on("fields_permitted"):
        return forbidden()
    row = api.world["fields"].get(request.ids[0])
    if row is None:
        return no_result("Field", request.ids[0])
    drop_field(api.world, int(row["id"]))
    return ok({})


def create_options(api: Api, request: Request) -> Reply:
    """POST /fieldOption/bulk."""
    if not api.service.switches.on("fields_permitted"):
        return forbidden()
    given = request.top().get("fieldOptions")
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        text = "Bulk operation failed. Request must contain an array of fieldOption objects."
        return ok({"errors": text}, 422)
    for entry in given:
        if api.world["fields"].get(entry.get("field")) is None:
            return ok({"errors": "Bulk operation failed. Field id not valid."}, 422)
        if not as_text(entry.get("value")):
            return ok({"errors": "Bulk operation failed. Option value is required."}, 422)
    stamp = api.service.stamp()
    made = [add_option(api.world, stamp, as_id(entry["field"]) or 0, entry) for entry in given]
    rows = [
        {
            **api.shapes.row("fieldOptions", row),
            "orderid": as_id(row["orderid"]) or 0,
            "isdefault": int(row["isdefault"]),
        }
        for row in made
    ]
    return ok({"fieldOptions": rows}, 201)


def list_relations(api: Api, request: Request) -> Reply:
    """GET /fieldRels."""
    rows = [api.shapes.row("fieldRels", row) for row in api.world["fieldRels"]]
    return listing(api, request, name="fieldRels", rows=rows)


def create_relation(api: Api, request: Request) -> Reply:
    """POST /fieldRels: relid 0 shows the field on every list."""
    if not api.service.switches.on("fields_permitted"):
        return forbidden()
    given = request.part("fieldRel")
    field, list_id = api.world["fields"].get(given.get("field")), as_id(given.get("relid"))
    if field is None:
        return invalid("Field id not valid", code="field_invalid")
    if list_id is None or (list_id and list_id not in api.world["lists"].rows):
        return invalid("List id not valid", code="field_invalid")
    row = add_relation(api.world, api.service.stamp(), int(field["id"]), list_id)
    shown = {**api.shapes.row("fieldRels", row), "field": int(row["field"])}
    return ok({"fieldRel": {**shown, "relid": int(row["relid"])}}, 201)


def add_relation(world: World, stamp: str, field_id: int, list_id: int) -> Row:
    """Show a field on a list, or on all with 0; a relation that exists is kept."""
    for row in world["fieldRels"]:
        if (str(row["field"]), str(row["relid"])) == (str(field_id), str(list_id)):
            return row
    relation = {"field": str(field_id), "relid": str(list_id), "dorder": "0", "cdate": stamp}
    return world["fieldRels"].add(relation)


def delete_relation(api: Api, request: Request) -> Reply:
    """DELETE /fieldRels/{id}."""
    if not api.service.switches.on("fields_permitted"):
        return forbidden()
    row = api.world["fieldRels"].get(request.ids[0])
    if row is None:
        return no_result("FieldRel", request.ids[0])
    api.world["fieldRels"].remove(int(row["id"]))
    return ok({})


ROUTES: dict[str, Handler] = {
    "GET fields": list_fields,
    "POST fields": create_field,
    "GET fields/{id}": get_field,
    "PUT fields/{id}": update_field,
    "DELETE fields/{id}": delete_field,
    "GET fields/{id}/options": field_options,
    "GET fields/{id}/relations": field_relations,
    "POST fieldOption/bulk": create_options,
    "GET fieldRels": list_relations,
    "POST fieldRels": create_relation,
    "DELETE fieldRels/{id}": delete_relation,
}
