"""Notes on contacts and accounts."""

from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row, as_id
from sonisbridge.sandbox.replies import Reply, invalid, no_result, ok, text_reply
from sonisbridge.sandbox.requests import Request
from sonisbridge.sandbox.routing import Api, Handler, listing
from sonisbridge.sandbox.webhooks import note_added

OWNERS = {
    "Subscriber": "contact",
    "CustomerAccount": "account",
    "Deal": "deal",
    "DealTask": "dealTask",
    "Activity": "activity",
}


def _shown(api: Api, row: Row) -> Row:
    owner = {"type": OWNERS[row["reltype"]], "id": row["relid"]}
    return {**api.shapes.row("notes", row), "user": "1", "owner": owner}


def list_notes(api: Api, request: Request) -> Reply:
    """GET /notes."""
    rows = [_shown(api, row) for row in api.world["notes"]]
    return listing(api, request, name="notes", rows=rows)


def _notes_of(kind: str) -> Handler:
    def read(api: Api, request: Request) -> Reply:
        found = api.contact(request.ids[0]) if kind == "Subscriber" else api.world["accounts"].get(request.ids[0])
        if found is None:
            return no_result(kind, request.ids[0])
        key = str(as_id(request.ids[0]))
        rows = [row for row in api.world["notes"] if (row["reltype"], row["relid"]) == (kind, key)]
        return ok({"notes": [_shown(api, row) for row in rows]})

    return read


def get_note(api: Api, request: Request) -> Reply:
    """GET /notes/{id}: 403 where there is none."""
    row = api.world["notes"].get(request.ids[0])
    if row is None:
        return no_result("Note", request.ids[0], 403)
    return ok({"note": _shown(api, row)})


def _add(api: Api, kind: str, owner: int, text: str) -> Row:
    stamp = api.service.stamp()
    return api.world["notes"].add(
        {
            "relid": str(owner),
            "reltype": kind,
            "userid": "1",
            "is_draft": "0",
            "cdate": stamp,
            "mdate": stamp,
            "note": text,
        }
    )


def create_note(api: Api, request: Request) -> Reply:
    """POST /notes: on a contact or an account."""
    given = request.part("note")
    text, kind = as_text(given.get("note")), as_text(given.get("reltype"))
    if not text:
        return invalid("The note was not provided.", code="field_missing")
    if kind == "Subscriber":
        contact = api.contact(given.get("relid"))
        if contact is None:
            return no_result("Subscriber", given.get("relid"), 403)
        row = _add(api, kind, contact.id, text)
        note_added(api.service, contact, text)
        shown = _shown(api, row)
        owner = {**shown["owner"], "id": contact.id}
        note = ok({**shown, "relid": contact.id, "owner": owner}).body.decode()
        return text_reply(f'{{"contacts":[{api.shapes.contact(contact)}],"note":{note}}}', 201)
    if kind == "CustomerAccount":
        account = api.world["accounts"].get(given.get("relid"))
        if account is None:
            return no_result("CustomerAccount", given.get("relid"), 403)
        return _account_note(api, account, _add(api, kind, int(account["id"]), text), 201)
    return invalid("The reltype is not valid.", code="field_invalid")


def _account_note(api: Api, account: Row, row: Row, status: int) -> Reply:
    shown = {"accounts": [api.shapes.row("accounts", account)], "note": _shown(api, row)}
    return ok(shown, status)


def update_note(api: Api, request: Request) -> Reply:
    """PUT /notes/{id}."""
    row = api.world["notes"].get(request.ids[0])
    if row is None:
        return no_result("Note", request.ids[0], 403)
    text = as_text(request.part("note").get("note"))
    if not text:
        return invalid("The note was not provided.", code="field_missing")
    api.world["notes"].change(row, {"note": text, "mdate": api.service.stamp()})
    return ok({"note": _shown(api, row)})


def delete_note(api: Api, request: Request) -> Reply:
    """DELETE /notes/{id}."""
    row = api.world["notes"].get(request.ids[0])
    if row is None:
        return no_result("Note", request.ids[0], 403)
    api.world["notes"].remove(int(row["id"]))
    return ok({})


def create_account_note(api: Api, request: Request) -> Reply:
    """POST /accounts/{id}/notes."""
    account = api.world["accounts"].get(request.ids[0])
    if account is None:
        return no_result("CustomerAccount", request.ids[0])
    text = as_text(request.part("note").get("note"))
    if not text:
        return invalid("The note was not provided.", code="field_missing")
    return _account_note(api, account, _add(api, "CustomerAccount", int(account["id"]), text), 201)


def update_account_note(api: Api, request: Request) -> Reply:
    """PUT /accounts/{id}/notes/{noteid}."""
    account = api.world["accounts"].get(request.ids[0])
    row = api.world["notes"].get(request.ids[1])
    if account is None:
        return no_result("CustomerAccount", request.ids[0])
    if row is None or (row["reltype"], row["relid"]) != ("CustomerAccount", account["id"]):
        return no_result("Note", request.ids[1])
    text = as_text(request.part("note").get("note"))
    if not text:
        return invalid("The note was not provided.", code="field_missing")
    api.world["notes"].change(row, {"note": text, "mdate": api.service.stamp()})
    return _account_note(api, account, row, 200)


ROUTES: dict[str, Handler] = {
    "GET notes": list_notes,
    "POST notes": create_note,
    "GET notes/{id}": get_note,
    "PUT notes/{id}": update_note,
    "DELETE notes/{id}": delete_note,
    "GET contacts/{id}/notes": _notes_of("Subscriber"),
    "GET accounts/{id}/notes": _notes_of("CustomerAccount"),
    "POST accounts/{id}/notes": create_account_note,
    "PUT accounts/{id}/notes/{noteid}": update_account_note,
}
