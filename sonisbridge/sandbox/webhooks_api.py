"""/webhooks and /webhook/events (docs/sandbox.md)."""

from urllib.parse import urlsplit

from sonisbridge.sandbox.deliveries import is_loopback
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid, no_result, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing
from sonisbridge.sandbox.webhooks import EVENTS, MORE_EVENTS, SOURCES

_HIDDEN = "state"


def _shown(row: Row) -> Row:
    return {**{key: value for key, value in row.items() if key != _HIDDEN}, "links": []}


def list_webhooks(api: Api, request: Request) -> Reply:
    """GET /webhooks."""
    rows = list(api.world["webhooks"])
    for path, wanted in request.query.filters().items():
        if path[0] in ("name", "url", "listid"):
            rows = [row for row in rows if wanted in str(row[path[0]])]
    return listing(api, request, name="webhooks", rows=[_shown(row) for row in rows])


def get_webhook(api: Api, request: Request) -> Reply:
    """GET /webhooks/{id}."""
    row = api.world["webhooks"].get(request.ids[0])
    if row is None:
        return no_result("Webhook", request.ids[0])
    return ok({"webhook": _shown(row)})


def _url_problem(api: Api, url: str) -> str:
    if is_loopback(url) and api.service.switches.on("webhook_loopback"):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "The webhook url is not valid."
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "The webhook url is not valid."
    if parts.scheme == "http":
        return "The webhook url must be https."
    return "" if port in (None, 443) else "The webhook url must use port 443."


def _words(given: Row, name: str, known: tuple[str, ...]) -> list[str] | None:
    words = given.get(name)
    if not isinstance(words, list) or any(as_text(word) not in known for word in words):
        return None
    return list(dict.fromkeys(as_text(word) for word in words))


def _changes(api: Api, given: Row, old: Row | None) -> Row | Reply:
    changes: Row = {}
    if old is None or "name" in given:
        changes["name"] = as_text(given.get("name"))
        if not changes["name"]:
            return invalid("The webhook name was not provided.", code="field_missing")
    if old is None or "url" in given:
        changes["url"] = as_text(given.get("url"))
        if problem := _url_problem(api, changes["url"]):
            return invalid(problem, code="field_invalid", pointer="/data/attributes/url")
    for name, known in (("events", EVENTS + MORE_EVENTS), ("sources", SOURCES)):
        if old is None or name in given:
            words = _words(given, name, known)
            if not words:
                pointer = f"/data/attributes/{name}"
                title = f"The webhook {name} are not valid."
                return invalid(title, code="field_invalid", pointer=pointer)
            changes[name] = words
    if "listid" in given:
        changes["listid"] = str(as_id(given["listid"]) or 0)
    return changes


def create_webhook(api: Api, request: Request) -> Reply:
    """POST /webhooks."""
    changes = _changes(api, request.part("webhook"), None)
    if isinstance(changes, Reply):
        return changes
    about: Row = {"cdate": api.service.stamp(), "listid": "0", "state": "1"}
    return ok({"webhook": _shown(api.world["webhooks"].add(about | changes))}, 201)


def update_webhook(api: Api, request: Request) -> Reply:
    """PUT /webhooks/{id}."""
    row = api.world["webhooks"].get(request.ids[0])
    if row is None:
        return no_result("Webhook", request.ids[0])
    changes = _changes(api, request.part("webhook"), row)
    if isinstance(changes, Reply):
        return changes
    return ok({"webhook": _shown(api.world["webhooks"].change(row, changes))})


def delete_webhook(api: Api, request: Request) -> Reply:
    """DELETE /webhooks/{id}."""
    row = api.world["webhooks"].get(request.ids[0])
    if row is None:
        return no_result("Webhook", request.ids[0])
    api.world["webhooks"].remove(int(row["id"]))
    return ok({})


def list_events(api: Api, request: Request) -> Reply:
    """GET /webhook/events: here the total is a number."""
    del api, request
    return ok({"webhookEvents": list(EVENTS), "meta": {"total": len(EVENTS)}})


ROUTES: dict[str, Handler] = {
    "GET webhooks": list_webhooks,
    "POST webhooks": create_webhook,
    "GET webhooks/{id}": get_webhook,
    "PUT webhooks/{id}": update_webhook,
    "DELETE webhooks/{id}": delete_webhook,
    "GET webhook/events": list_events,
}
