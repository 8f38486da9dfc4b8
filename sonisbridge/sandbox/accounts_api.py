"""Accounts: the organisations that contacts belong to (docs/activecampaign.md, section 6)."""

from sonisbridge.sandbox.contact_writes import ContactWriter
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.lists_api import text_matches
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid, no_result, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing, order_rows, origin
from sonisbridge.sandbox.world import World


def add_account(world: World, stamp: str, given: Row) -> Row:
    """Make an account."""
    return world["accounts"].add(
        {
            "name": as_text(given["name"]).strip(),
            "accountUrl": given.get("accountUrl"),
            "owner": as_text(given.get("owner")) or "1",
            "createdTimestamp": stamp,
            "updatedTimestamp": stamp,
        }
    )


def _shown(api: Api, row: Row, counts: dict[int, int] | None = None) -> Row:
    if counts is None:
        return {**row, "links": []}
    shown = api.shapes.row("accounts", row)
    shown |= {"contactCount": str(counts.get(int(row["id"]), 0)), "dealCount": "0"}
    return shown


def list_accounts(api: Api, request: Request) -> Reply:
    """GET /accounts: counts are 0 unless asked for."""
    rows = list(api.world["accounts"])
    if search := (request.query.one("search") or "").strip().casefold():
        kind = api.service.switches["account_search"]
        operator = {"prefix": "starts", "equals": "eq"}.get(kind, "contains")
        rows = [row for row in rows if text_matches(str(row["name"]), operator, search)]
    order_rows(request, rows, {"name": "name", "id": "id"})
    counted = (request.query.one("count_deals") or "").lower() in ("true", "1")
    counts = api.world.counted_by_account() if counted else {}
    shown = [_shown(api, row, counts) for row in rows]
    return listing(api, request, name="accounts", rows=shown)


def get_account(api: Api, request: Request) -> Reply:
    """GET /accounts/{id}."""
    row = api.world["accounts"].get(request.ids[0])
    if row is None:
        return no_result("CustomerAccount", request.ids[0])
    return ok({"account": _shown(api, row)})


def _problem(api: Api, name: str, own: Row | None) -> Reply | None:
    pointer = "/data/attributes/name"
    if not name:
        title = "The account name was not provided."
        return invalid(title, code="field_missing", pointer=pointer)
    holder = api.world.named("accounts", "name", name)
    if holder is not None and holder is not own:
        title = f'An account named "{name}" already exists. Please choose a new name.'
        return invalid(title, code="duplicate", pointer=pointer)
    return None


def create_account(api: Api, request: Request) -> Reply:
    """POST /accounts: the name is unique."""
    given = request.part("account")
    if (problem := _problem(api, as_text(given.get("name")).strip(), None)) is not None:
        return problem
    row = add_account(api.world, api.service.stamp(), given)
    fields = _take_fields(api, row, given)
    return ok({"account": {**_shown(api, row), "fields": fields}}, 201)


def update_account(api: Api, request: Request) -> Reply:
    """PUT /accounts/{id}."""
    row = api.world["accounts"].get(request.ids[0])
    if row is None:
        return no_result("CustomerAccount", request.ids[0])
    given = request.part("account")
    name = as_text(given["name"]).strip() if "name" in given else str(row["name"])
    if (problem := _problem(api, name, row)) is not None:
        return problem
    changes: Row = {"name": name, "updatedTimestamp": api.service.stamp()}
    if "accountUrl" in given:
        changes["accountUrl"] = as_text(given["accountUrl"])
    if "owner" in given:
        changes["owner"] = as_text(given["owner"])
    api.world["accounts"].change(row, changes)
    return ok({"account": {**_shown(api, row), "fields": _take_fields(api, row, given)}})


def _take_fields(api: Api, row: Row, given: Row) -> list[Row]:
    entries = given.get("fields")
    taken: list[Row] = []
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        meta = api.world["accountCustomFieldMeta"].get(entry.get("customFieldId"))
        if meta is None:
            continue
        set_account_value(api, int(row["id"]), int(meta["id"]), entry)
        shown = {key: entry[key] for key in ("fieldValue", "fieldCurrency") if key in entry}
        taken.append({"customFieldId": int(meta["id"]), **shown, "accountId": row["id"]})
    return taken


def set_account_value(api: Api, account_id: int, field_id: int, given: Row) -> Row:
    """Set an account's value in a custom field, in place where there is one."""
    table = api.world["accountCustomFieldData"]
    stamp = api.service.naive(api.service.clock.now())
    changes: Row = {"fieldValue": given.get("fieldValue"), "updatedTimestamp": stamp}
    if given.get("fieldCurrency"):
        changes["fieldCurrency"] = given["fieldCurrency"]
    for row in table:
        if (row["accountId"], row["customFieldId"]) == (account_id, field_id):
            return table.change(row, changes)
    ids = {"accountId": account_id, "customFieldId": field_id}
    return table.add({"accountCustomFieldMetumId": field_id, **ids, "createdTimestamp": stamp} | changes)


def drop_account(api: Api, request: Request, key: int) -> None:
    """Remove an account, its values and the links of its contacts."""
    api.world["accounts"].remove(key)
    for owner in list(api.world.account_links.values()):
        contact = api.world.contacts[owner]
        if contact.account is not None and contact.account.account == key:
            writer = ContactWriter(api.service, origin(request))
            writer.unlink_account(contact)
            writer.commit(contact)
    table = api.world["accountCustomFieldData"]
    for row in [row for row in table if row["accountId"] == key]:
        table.remove(int(row["id"]))


def delete_account(api: Api, request: Request) -> Reply:
    """DELETE /accounts/{id}."""
    row = api.world["accounts"].get(request.ids[0])
    if row is None:
        return no_result("CustomerAccount", request.ids[0])
    drop_account(api, request, int(row["id"]))
    return ok({})


def delete_accounts(api: Api, request: Request) -> Reply:
    """DELETE /accounts/bulk_delete."""
    keys = {as_id(value) for path, value in request.query.pairs if "ids" in path or "ids" in path[0]}
    for key in keys:
        if key is not None and key in api.world["accounts"].rows:
            drop_account(api, request, key)
    return ok({"meta": {"success": True}})


ROUTES: dict[str, Handler] = {
    "GET accounts": list_accounts,
    "POST accounts": create_account,
    "DELETE accounts/bulk_delete": delete_accounts,
    "GET accounts/{id}": get_account,
    "PUT accounts/{id}": update_account,
    "DELETE accounts/{id}": delete_account,
}
