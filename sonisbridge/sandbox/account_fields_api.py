"""Custom fields of accounts: /accountCustomFieldMeta and /accountCustomFieldData."""

from typing import Any

from sonisbridge.sandbox.accounts_api import set_account_value
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.fields_api import make_perstag
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid, message, numbered, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler

META, DATA = "accountCustomFieldMeta", "accountCustomFieldData"
TYPES = (
    "text",
    "textarea",
    "date",
    "datetime",
    "dropdown",
    "multiselect",
    "radio",
    "checkbox",
    "hidden",
    "currency",
    "number",
)
_NOT_FOUND = "Not Found"


def _page(request: Request, name: str, rows: list[Row], default: int = 20) -> Reply:
    limit, offset = request.limit(default), request.offset()
    return ok({name: rows[offset : offset + limit]})


def list_meta(api: Api, request: Request) -> Reply:
    """GET /accountCustomFieldMeta: no meta.total."""
    default = api.service.switches.number("default_page_fields")
    rows = [api.shapes.row(META, row) for row in api.world[META]]
    return _page(request, META, rows, default)


def get_meta(api: Api, request: Request) -> Reply:
    """GET /accountCustomFieldMeta/{id}."""
    row = api.world[META].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    return ok({"accountCustomFieldMetum": api.shapes.row(META, row)})


def _options(given: Row) -> list[str] | None:
    options = given.get("fieldOptions")
    return [as_text(option) for option in options] if isinstance(options, list) else None


def create_meta(api: Api, request: Request) -> Reply:
    """POST /accountCustomFieldMeta."""
    given = request.part("accountCustomFieldMetum")
    label, kind = as_text(given.get("fieldLabel")).strip(), as_text(given.get("fieldType"))
    if not label:
        return invalid("The field label field is required.", code="422")
    if kind not in TYPES:
        return invalid("The field type field is required.", code="422")
    stamp = api.service.naive(api.service.clock.now())
    row = api.world[META].add(
        {
            "fieldLabel": label,
            "fieldType": kind,
            "fieldOptions": _options(given),
            "fieldDefault": given.get("fieldDefault"),
            "fieldDefaultCurrency": given.get("fieldDefaultCurrency"),
            "isFormVisible": int(bool(given.get("isFormVisible"))),
            "isRequired": int(bool(given.get("isRequired"))),
            "displayOrder": as_id(given.get("displayOrder")) or len(api.world[META]) + 1,
            "personalization": make_perstag(label),
            "knownFieldId": None,
            "hideFieldFlag": 0,
            "createdTimestamp": stamp,
            "updatedTimestamp": stamp,
        }
    )
    return ok({"accountCustomFieldMetum": api.shapes.row(META, row)})


def update_meta(api: Api, request: Request) -> Reply:
    """PUT /accountCustomFieldMeta/{id}."""
    row = api.world[META].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    given = request.part("accountCustomFieldMetum")
    changes: Row = {"updatedTimestamp": api.service.naive(api.service.clock.now())}
    if as_text(given.get("fieldLabel")).strip():
        changes["fieldLabel"] = as_text(given["fieldLabel"])
    if "fieldOptions" in given:
        changes["fieldOptions"] = _options(given)
    for key in ("isFormVisible", "isRequired"):
        if key in given:
            changes[key] = int(bool(given[key]))
    if "fieldDefault" in given:
        changes["fieldDefault"] = given["fieldDefault"]
    api.world[META].change(row, changes)
    return ok({"accountCustomFieldMetum": api.shapes.row(META, row)})


def delete_meta(api: Api, request: Request) -> Reply:
    """DELETE /accountCustomFieldMeta/{id}, with every account's value."""
    row = api.world[META].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    key = int(row["id"])
    api.world[META].remove(key)
    for value in [value for value in api.world[DATA] if value["customFieldId"] == key]:
        api.world[DATA].remove(int(value["id"]))
    return message(200, "AccountCustomFieldMeta deleted.")


def list_data(api: Api, request: Request) -> Reply:
    """GET /accountCustomFieldData: no meta.total."""
    wanted = as_id(request.query.one("filters", "customerAccountId"))
    rows = [row for row in api.world[DATA] if wanted is None or row["accountId"] == wanted]
    return _page(request, DATA, [api.shapes.row(DATA, row) for row in rows])


def data_of_account(api: Api, request: Request) -> Reply:
    """GET /accounts/{id}/accountCustomFieldData."""
    key = as_id(request.ids[0])
    rows = [api.shapes.row(DATA, row) for row in api.world[DATA] if row["accountId"] == key]
    return ok({"customerAccountCustomFieldData": rows, DATA: rows})


def get_datum(api: Api, request: Request) -> Reply:
    """GET /accountCustomFieldData/{id}."""
    row = api.world[DATA].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    return ok({"accountCustomFieldDatum": api.shapes.row(DATA, row)})


def _set(api: Api, given: Any) -> Row | Reply:
    if not isinstance(given, dict):
        return invalid("The field value is not an object.", code="422")
    account = api.world["accounts"].get(given.get("customerAccountId", given.get("accountId")))
    meta = api.world[META].get(given.get("customFieldId"))
    if account is None:
        return invalid("The customer account id is not valid.", code="422")
    if meta is None:
        return invalid("The custom field id is not valid.", code="422")
    return set_account_value(api, int(account["id"]), int(meta["id"]), given)


def create_datum(api: Api, request: Request) -> Reply:
    """POST /accountCustomFieldData."""
    made = _set(api, request.part("accountCustomFieldDatum"))
    if isinstance(made, Reply):
        return made
    return ok({"accountCustomFieldDatum": api.shapes.row(DATA, made)})


def update_datum(api: Api, request: Request) -> Reply:
    """PUT /accountCustomFieldData/{id}."""
    row = api.world[DATA].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    _change(api, row, request.part("accountCustomFieldDatum"))
    return ok({"accountCustomFieldDatum": api.shapes.row(DATA, row)})


def _change(api: Api, row: Row, given: Row) -> None:
    changes: Row = {"updatedTimestamp": api.service.naive(api.service.clock.now())}
    changes |= {key: given[key] for key in ("fieldValue", "fieldCurrency") if key in given}
    api.world[DATA].change(row, changes)


def delete_datum(api: Api, request: Request) -> Reply:
    """DELETE /accountCustomFieldData/{id}."""
    row = api.world[DATA].get(request.ids[0])
    if row is None:
        return numbered(404, _NOT_FOUND)
    api.world[DATA].remove(int(row["id"]))
    return message(200, "AccountCustomFieldData deleted.")


def _rows(request: Request) -> list[Any] | None:
    body = request.json()
    return body if isinstance(body, list) else None


def bulk_create(api: Api, request: Request) -> Reply:
    """POST /accountCustomFieldData/bulkCreate: a bare array."""
    given = _rows(request)
    if given is None:
        return invalid("The body must be an array.", code="422")
    for entry in given:
        made = _set(api, entry)
        if isinstance(made, Reply):
            return made
    return message(200, "the bulk insert was successful")


def bulk_update(api: Api, request: Request) -> Reply:
    """PATCH /accountCustomFieldData/bulkUpdate: a bare array."""
    given = _rows(request)
    if given is None or not all(isinstance(entry, dict) for entry in given):
        return invalid("The body must be an array of objects.", code="422")
    rows = [api.world[DATA].get(entry.get("id")) for entry in given]
    if any(row is None for row in rows):
        return numbered(404, _NOT_FOUND)
    for row, entry in zip(rows, given, strict=True):
        if row is not None:
            _change(api, row, entry)
    ids = ", ".join(str(row["id"]) for row in rows if row is not None)
    return message(200, f"AccountCustomFieldDatas with ID(s): {ids} successfully bulk updated.")


ROUTES: dict[str, Handler] = {
    f"GET {META}": list_meta,
    f"POST {META}": create_meta,
    f"GET {META}/{{id}}": get_meta,
    f"PUT {META}/{{id}}": update_meta,
    f"DELETE {META}/{{id}}": delete_meta,
    f"GET {DATA}": list_data,
    f"POST {DATA}": create_datum,
    f"POST {DATA}/bulkCreate": bulk_create,
    f"PATCH {DATA}/bulkUpdate": bulk_update,
    f"GET {DATA}/{{id}}": get_datum,
    f"PUT {DATA}/{{id}}": update_datum,
    f"DELETE {DATA}/{{id}}": delete_datum,
    f"GET accounts/{{id}}/{DATA}": data_of_account,
}
