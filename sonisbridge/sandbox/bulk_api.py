"""The bulk importer's requests (docs/activecampaign.md, section 4). `bulk_import` does the work."""

import re
import uuid
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sonisbridge.sandbox.bulk_import import BulkImporter, is_excluded
from sonisbridge.sandbox.contacts_api import EMAIL
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, ok
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler

MOST_CONTACTS = 250
MOST_BYTES = 399_999
_KNOWN = frozenset(
    {
        "email",
        "first_name",
        "last_name",
        "phone",
        "customer_acct_name",
        "tags",
        "fields",
        "subscribe",
        "unsubscribe",
        "exclude_automations",
    }
)
_LETTERS = re.compile(r"[A-Z]")


def _refused(message: str, reasons: list[Any]) -> Reply:
    return ok({"success": 0, "message": message, "failureReasons": reasons}, 400)


def _not_valid(reasons: list[Any]) -> Reply:
    return _refused(
        "JSON payload did not pass validation. Please fix failure Reasons and retry."
        " The import was not queued for processing.",
        reasons,
    )


def post_import(api: Api, request: Request) -> Reply:
    """POST /import/bulk_import: all of it or nothing, worked later."""
    if len(request.body) > MOST_BYTES:
        return _not_valid([f"The payload is larger than {MOST_BYTES} bytes."])
    body = request.json()
    rows = body.get("contacts") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows:
        return _not_valid(["'contacts' is a required field."])
    _describe(request, rows)
    service = api.service
    most = service.limits.import_quota(len(rows), service.clock.seconds())
    if most:
        request.note("over_import_quota")
        single = " with a single contact" if len(rows) == 1 else ""
        text = f"Up to {most} imports{single} may be requested per minute."
        advice = "Please batch contacts into larger requests, or retry this request in a minute."
        return _refused("Rate limit exceeded.", [text + advice])
    if len(rows) > MOST_CONTACTS:
        return _not_valid([f"Up to {MOST_CONTACTS} contacts may be imported in one request."])
    problems = [
        {"contact": number, "failureReason": reason}
        for number, row in enumerate(rows, start=1)
        for reason in _problems(api, row)
    ]
    if problems:
        return _not_valid(problems)
    return _queue(api, request, body, rows)


def _describe(request: Request, rows: list[Any]) -> None:
    shown = [{"email": row.get("email"), "keys": _shared(tuple(_keys(row)))} for row in rows if isinstance(row, dict)]
    request.entry.body = {"rows": shown}
    emails = [as_text(row["email"]).casefold() for row in shown]
    if len(set(emails)) < len(emails):
        request.note("duplicate_email_in_batch")
    if any(_LETTERS.search(key) for row in rows if isinstance(row, dict) for key in row):
        request.note("camel_case_keys")


@lru_cache(maxsize=1000)
def _shared(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The same tuple for the same keys: thousands of rows have them."""
    return keys


def _keys(row: Row) -> list[str]:
    keys = [key for key in row if key not in ("email", "fields")]
    fields = row.get("fields")
    entries = fields if isinstance(fields, list) else []
    return keys + [f"field:{one.get('id')}" for one in entries if isinstance(one, dict)]


def _problems(api: Api, row: Any) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "Contact must be an object"
        return
    email = as_text(row.get("email")).strip()
    if not email:
        yield "Field 'email' is required"
    elif not EMAIL.match(email) or ("'" in email and api.service.switches["bulk_apostrophe"] == "reject"):
        yield "Field 'email' incorrect format"
    for name in ("first_name", "last_name", "phone", "customer_acct_name"):
        if isinstance(row.get(name), dict | list):
            yield f"Field '{name}' incorrect format"
    yield from _field_problems(api, row.get("fields"))
    tags = row.get("tags", [])
    if tags is not None and not (isinstance(tags, list) and all(isinstance(t, str) for t in tags)):
        yield "Field 'tags' incorrect format"
    for name in ("subscribe", "unsubscribe"):
        yield from _list_problems(api, name, row.get(name))


def _field_problems(api: Api, fields: Any) -> Iterator[str]:
    if fields is None:
        return
    if not isinstance(fields, list):
        yield "Field 'fields' incorrect format"
        return
    strict = api.service.switches["unknown_field_bulk"] == "reject"
    for entry in fields:
        if not isinstance(entry, dict) or "id" not in entry or "value" not in entry:
            yield "Field 'fields' must hold id and value"
        elif isinstance(entry["value"], dict):
            yield "Field 'fields' incorrect format"
        elif strict and api.world["fields"].get(entry["id"]) is None:
            yield f"Custom field {as_id(entry['id'])} does not exist"


def _list_problems(api: Api, name: str, entries: Any) -> Iterator[str]:
    if entries is None:
        return
    if not isinstance(entries, list):
        yield f"Field '{name}' incorrect format"
        return
    for entry in entries:
        if not isinstance(entry, dict) or api.world["lists"].get(entry.get("listid")) is None:
            yield f"Field '{name}' holds a list that does not exist"


def _queue(api: Api, request: Request, body: Row, rows: list[Row]) -> Reply:
    service = api.service
    for row in rows:
        if set(row) - _KNOWN:
            request.note("unknown_bulk_keys")
    # An import takes what it knows and drops the rest without a word.
    kept = [{key: value for key, value in row.items() if key in _KNOWN} for row in rows]
    batch_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{service.seed}/{request.entry.number}/{service.clock.now()}"))
    batch = api.world["batches"].add(
        {
            "batchId": batch_id,
            "request": request.entry.number,
            "received": service.clock.now(),
            "contacts": len(kept),
            "rows": kept,
            "exclude_automations": bool(body.get("exclude_automations")),
            "callback": body.get("callback") if isinstance(body.get("callback"), dict) else None,
            "fault": list(request.import_fault) if request.import_fault else None,
            "status": "waiting",
            "finished": None,
            "success": [],
            "failure": [],
            "reasons": {},
        }
    )
    service.batch_queued(batch)
    queued = sum(not is_excluded(api.world, as_text(row["email"])) for row in rows)
    count = queued if service.switches["bulk_success_value"] == "count" else 1
    reply = {
        service.switches["bulk_success_key"]: count,
        "queued_contacts": queued,
        "batchId": batch_id,
        "message": "Contact import queued",
    }
    request.entry.body["batch"] = batch_id
    return ok(reply, int(service.switches["bulk_accept_status"]))


def get_info(importer: BulkImporter) -> Handler:
    """GET /import/info."""

    def read(api: Api, request: Request) -> Reply:
        batch_id = request.query.one("batchId")
        if not batch_id:
            return ok({"success": 0, "message": "'batchId' is a required field."}, 400)
        batch = next((row for row in api.world["batches"] if row["batchId"] == batch_id), None)
        if batch is None or importer.forgotten(batch):
            return ok({"success": 0, "message": "No import was found with this batchId."}, 400)
        status = importer.status(batch)
        final = status in ("completed", "failed", "interrupted")
        return ok(
            {
                "status": status,
                "success": batch["success"] if final else [],
                "failure": batch["failure"] if final else [],
            }
        )

    return read


def list_imports(importer: BulkImporter) -> Handler:
    """GET /import/bulk_import: counts by day."""

    def read(api: Api, request: Request) -> Reply:
        del request
        days: dict[str, dict[str, list[int]]] = {"outstanding": {}, "recentlyCompleted": {}}
        for batch in api.world["batches"]:
            done = importer.status(batch) in ("completed", "failed", "interrupted")
            day = api.service.iso(batch["received"])[:10]
            counts = days["recentlyCompleted" if done else "outstanding"].setdefault(day, [0, 0])
            counts[0] += 1
            counts[1] += int(batch["contacts"])
        return ok(
            {
                name: [
                    {"forDate": day, "batches": str(counts[0]), "contacts": str(counts[1])}
                    for day, counts in sorted(by_day.items())
                ]
                for name, by_day in days.items()
            }
        )

    return read


def routes(importer: BulkImporter) -> dict[str, Handler]:
    """The importer's routes."""
    return {
        "POST import/bulk_import": post_import,
        "GET import/bulk_import": list_imports(importer),
        "GET import/info": get_info(importer),
    }
