"""Automations, field groups and segments: listed, and joined where the API can."""

from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import Row, as_id
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
from sonisbridge.sandbox.routing import Api, Handler, listing


def list_automations(api: Api, request: Request) -> Reply:
    """GET /automations."""
    rows = [api.shapes.row("automations", row) for row in api.world["automations"]]
    reply_rows = rows[request.offset() : request.offset() + request.limit()]
    meta = {"total": api.total(len(rows)), "starts": [], "filtered": False, "smsLogs": []}
    return ok({"automations": reply_rows, "meta": meta})


def get_automation(api: Api, request: Request) -> Reply:
    """GET /automations/{id}."""
    row = api.world["automations"].get(request.ids[0])
    if row is None:
        return no_result("Series", request.ids[0])
    return ok({"automation": api.shapes.row("automations", row)})


def _shown(api: Api, row: Row) -> Row:
    return api.shapes.row("contactAutomations", row)


def list_contact_automations(api: Api, request: Request) -> Reply:
    """GET /contactAutomations."""
    rows = [_shown(api, row) for row in api.world["contactAutomations"]]
    limit, offset = request.limit(), request.offset()
    meta = {"total": api.total(len(rows)), "showcase_stats": []}
    return ok({"contactAutomations": rows[offset : offset + limit], "meta": meta})


def contact_automations_of(api: Api, request: Request) -> Reply:
    """GET /contacts/{id}/contactAutomations."""
    contact = api.contact(request.ids[0])
    if contact is None:
        return no_result("Subscriber", request.ids[0])
    rows = [_shown(api, row) for row in api.world["contactAutomations"] if row["contact"] == str(contact.id)]
    return ok({"contactAutomations": rows})


def entry_counts(api: Api, request: Request) -> Reply:
    """GET /contacts/{id}/automationEntryCounts."""
    contact = api.contact(request.ids[0])
    if contact is None:
        return no_result("Subscriber", request.ids[0])
    counts: dict[str, int] = {}
    for row in api.world["contactAutomations"]:
        if row["contact"] == str(contact.id):
            counts[row["automation"]] = counts.get(row["automation"], 0) + 1
    rows = [
        {
            **{key: row[key] for key in ("id", "name", "status", "hidden")},
            "contactEntryCount": str(counts.get(row["id"], 0)),
        }
        for row in api.world["automations"]
    ]
    return ok({"automationEntryCounts": rows})


def add_contact_automation(api: Api, request: Request) -> Reply:
    """POST /contactAutomations: puts a contact into an automation."""
    given = request.part("contactAutomation")
    contact = api.contact(given.get("contact"))
    automation = api.world["automations"].get(given.get("automation"))
    if contact is None or automation is None:
        return message(403, "Could not create SubscriberSeries")
    stamp = api.service.stamp()
    row = api.world["contactAutomations"].add(
        {
            "contact": str(contact.id),
            "seriesid": automation["id"],
            "startid": "0",
            "status": "1",
            "batchid": None,
            "adddate": stamp,
            "remdate": None,
            "timespan": None,
            "lastblock": "0",
            "lastlogid": "0",
            "lastdate": stamp,
            "completedElements": "0",
            "totalElements": "1",
            "completed": 0,
            "completeValue": 0,
            "automation": automation["id"],
        }
    )
    shown = ok({**_shown(api, row), "startid": 0, "status": 1}).body.decode()
    return text_reply(f'{{"contacts":[{api.shapes.contact(contact)}],"contactAutomation":{shown}}}', 201)


def get_contact_automation(api: Api, request: Request) -> Reply:
    """GET /contactAutomations/{id}."""
    row = api.world["contactAutomations"].get(request.ids[0])
    if row is None:
        return no_result("SubscriberSeries", request.ids[0])
    return ok({"contactAutomation": _shown(api, row)})


def delete_contact_automation(api: Api, request: Request) -> Reply:
    """DELETE /contactAutomations/{id}: 403 where there is none."""
    row = api.world["contactAutomations"].get(request.ids[0])
    if row is None:
        return no_result("SubscriberSeries", request.ids[0], 403)
    api.world["contactAutomations"].remove(int(row["id"]))
    return ok({})


# -- field groups


def _group_row(api: Api, kind: str, row: Row) -> Row:
    return {**api.shapes.row(kind, row), "id": int(row["id"])}


def list_group_members(api: Api, request: Request) -> Reply:
    """GET /groupMembers: the groups, in spite of its name."""
    del request
    groups = [_group_row(api, "groupDefinitions", row) for row in api.world["groupDefinitions"]]
    members = [_group_row(api, "groupMembers", row) for row in api.world["groupMembers"]]
    return ok({"groupDefinitions": groups, "groupMembers": members})


def create_group_definition(api: Api, request: Request) -> Reply:
    """POST /groupDefinitions."""
    given = request.part("groupDefinition")
    label = as_text(given.get("label")).strip()
    if not label:
        return invalid("The label was not provided.", code="field_missing")
    table = api.world["groupDefinitions"]
    about: Row = {"type_id": as_id(given.get("groupType")) or 1, "label": label}
    about |= {"ordernum": as_id(given.get("ordernum")) or len(table) + 1}
    row = table.add({**about, "created_by": 1, "updated_by": 1})
    return ok({"groupDefinition": _group_row(api, "groupDefinitions", row)})


def _member(api: Api, given: Row) -> Row | Reply:
    field_id = as_id(given.get("rel_id"))
    group = api.world["groupDefinitions"].get(given.get("group_id") or 1)
    if field_id is None:
        return message(403, "Client error: rel_id is required")
    if group is None:
        return no_result("GroupDefinition", given.get("group_id"))
    order = as_id(given.get("ordernum")) or len(api.world["groupMembers"]) + 1
    about: Row = {"group_id": int(group["id"]), "rel_id": field_id, "ordernum": order}
    return {**about, "created_by": 1, "updated_by": 1}


def create_group_member(api: Api, request: Request) -> Reply:
    """POST /groupMembers: puts a field into a group."""
    made = _member(api, request.part("groupMember"))
    if isinstance(made, Reply):
        return made
    row = api.world["groupMembers"].add(made)
    return ok({"groupMember": _group_row(api, "groupMembers", row)})


def get_group_member(api: Api, request: Request) -> Reply:
    """GET /groupMembers/{id}."""
    row = api.world["groupMembers"].get(request.ids[0])
    if row is None:
        return numbered(404, "Not Found")
    return ok({"groupMember": _group_row(api, "groupMembers", row)})


def update_group_member(api: Api, request: Request) -> Reply:
    """PUT /groupMembers/{id}; the object may come without its envelope."""
    row = api.world["groupMembers"].get(request.ids[0])
    if row is None:
        return numbered(404, "Not Found")
    given = request.part("groupMember") or request.top()
    made = _member(api, {"rel_id": row["rel_id"], **given})
    if isinstance(made, Reply):
        return made
    api.world["groupMembers"].change(row, made)
    return ok({"groupMember": _group_row(api, "groupMembers", row)})


def delete_group_member(api: Api, request: Request) -> Reply:
    """DELETE /groupMembers/{id}."""
    row = api.world["groupMembers"].get(request.ids[0])
    if row is None:
        return numbered(404, "Not Found")
    api.world["groupMembers"].remove(int(row["id"]))
    return ok({})


# -- segments


def list_segments(api: Api, request: Request) -> Reply:
    """GET /segments."""
    rows = [api.shapes.row("segments", row) for row in api.world["segments"]]
    return listing(api, request, name="segments", rows=rows)


def get_segment(api: Api, request: Request) -> Reply:
    """GET /segments/{id}."""
    row = api.world["segments"].get(request.ids[0])
    if row is None:
        return no_result("Segment", request.ids[0])
    return ok({"segment": api.shapes.row("segments", row)})


ROUTES: dict[str, Handler] = {
    "GET automations": list_automations,
    "GET automations/{id}": get_automation,
    "GET contactAutomations": list_contact_automations,
    "POST contactAutomations": add_contact_automation,
    "GET contactAutomations/{id}": get_contact_automation,
    "DELETE contactAutomations/{id}": delete_contact_automation,
    "GET contacts/{id}/contactAutomations": contact_automations_of,
    "GET contacts/{id}/automationEntryCounts": entry_counts,
    "GET groupMembers": list_group_members,
    "POST groupMembers": create_group_member,
    "GET groupMembers/{id}": get_group_member,
    "PUT groupMembers/{id}": update_group_member,
    "DELETE groupMembers/{id}": delete_group_member,
    "POST groupDefinitions": create_group_definition,
    "GET segments": list_segments,
    "GET segments/{id}": get_segment,
}
