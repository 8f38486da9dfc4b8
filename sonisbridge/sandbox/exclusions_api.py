"""The account's exclusion list: addresses that are never mailed and never imported."""

from sonisbridge.sandbox.records import Row
from sonisbridge.sandbox.replies import Reply, message, no_result, numbered, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler

CHANNELS = ("all", "allSms", "allEmail", "several")
_FIELDS = ("matchPhrase", "lists")


def list_exclusions(api: Api, request: Request) -> Reply:
    """GET /lists/exclusions: unknown filters and orders are 422 here, and the total a number."""
    for path in request.query.filters():
        if not path or path[0] not in _FIELDS:
            name = path[0] if path else ""
            detail = f'Invalid filter field: "{name}". Allowed fields are: matchPhrase, lists'
            return _bad(detail, f"filters[{name}]")
    for path, value in request.query.pairs:
        if path[0] == "orders" and value not in ("ASC", "DESC"):
            name = path[1] if len(path) > 1 else ""
            detail = f'Invalid order direction: "{value}". Allowed values are: "ASC", "DESC"'
            return _bad(detail, f"orders[{name}]")
    rows = list(api.world["exclusions"])
    phrase = request.query.one("filters", "matchPhrase")
    if phrase:
        rows = [row for row in rows if phrase.casefold() in str(row["matchPhrase"]).casefold()]
    lists = {value for path, value in request.query.pairs if path[:2] == ("filters", "lists")}
    if lists:
        rows = [row for row in rows if lists & set(row["lists"])]
    for name, descending in reversed(request.query.orders()):
        if name in _FIELDS:
            rows.sort(key=lambda row: str(row[name]), reverse=descending)
    limit, offset = request.limit(), request.offset()
    return ok({"exclusions": rows[offset : offset + limit], "meta": {"total": len(rows)}})


def _bad(detail: str, name: str) -> Reply:
    pointer = f"/data/attributes/{name}"
    return numbered(422, "Invalid attribute", detail=detail, pointer=pointer)


def get_exclusion(api: Api, request: Request) -> Reply:
    """GET /lists/exclusions/{id}: no envelope."""
    row = api.world["exclusions"].get(request.ids[0])
    if row is None:
        return message(404, f"Exclusion not found [id={request.ids[0]}]")
    return ok(row)


def update_exclusion(api: Api, request: Request) -> Reply:
    """PUT /lists/exclusions/{id}."""
    row = api.world["exclusions"].get(request.ids[0])
    if row is None:
        return no_result("Exclusion", request.ids[0])
    given: Row = request.top()
    channel, lists = given.get("channel", row["channel"]), given.get("lists", [])
    if channel not in CHANNELS:
        return _bad("Channel is not valid", "channel")
    if not isinstance(lists, list):
        return _bad("Lists must be an array of string-quoted integers", "lists")
    for place, one in enumerate(lists):
        if not (isinstance(one, str) and one.isascii() and one.isdigit()):
            return _bad("Lists must be an array of string-quoted integers", f"lists[{place}]")
    if lists and channel != "several":
        return _bad(f'List IDs must be empty for channel "{channel}"', "lists")
    return ok(api.world["exclusions"].change(row, {"channel": channel, "lists": lists}))


ROUTES: dict[str, Handler] = {
    "GET lists/exclusions": list_exclusions,
    "GET lists/exclusions/{id}": get_exclusion,
    "PUT lists/exclusions/{id}": update_exclusion,
}
