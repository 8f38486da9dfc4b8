"""One good request for each documented operation that the sandbox serves."""

from typing import Any

from tests.sandbox.program import SandboxProgram

Sent = tuple[str, Any]  # path with its ids, body

WORLD: dict[str, Any] = {
    "fields": [
        {"title": "SONIS_ID", "type": "text"},
        {"title": "Status", "type": "dropdown", "options": ["A", "B"]},
    ],
    "lists": [{"name": "Newsletter"}, {"name": "Open Day"}],
    "accounts": [{"name": "SONIS"}, {"name": "Elsewhere"}],
    "tags": ["vip", "guest"],
    "automations": ["Welcome"],
    "exclusions": ["@excluded.test", "never@x.test"],
    "contacts": [
        {
            "email": "ann@x.test",
            "firstName": "Ann",
            "fields": {"SONIS_ID": "A1", "Status": "A"},
            "lists": {"Newsletter": "active"},
            "account": "SONIS",
            "tags": ["vip"],
        },
        {"email": "bob@x.test"},
        {"email": "cleo@x.test", "bounced_hard": 1},
    ],
}

_FIELD = {"title": "New", "type": "text"}
_LIST = {
    "name": "New",
    "stringid": "new",
    "sender_url": "https://x.test",
    "sender_reminder": "You asked.",
}
_HOOK = {
    "name": "Hook",
    "url": "https://x.test/hook",
    "events": ["subscribe"],
    "sources": ["public"],
}
_NOTE = {"note": "Called", "reltype": "Subscriber", "relid": 1}
_META = {"fieldLabel": "Size", "fieldType": "text"}
_OPTION = {"orderid": 3, "value": "C", "label": "C", "isdefault": False, "field": "2"}
_VALUE = {"customerAccountId": 1, "customFieldId": 1, "fieldValue": "x"}

REQUESTS: dict[str, Sent] = {
    "GET /contacts": ("/contacts?limit=100", None),
    "POST /contacts": ("/contacts", {"contact": {"email": "n@x.test", "fieldValues": [{"field": "1", "value": "v"}]}}),
    "GET /contacts/{id}": ("/contacts/1", None),
    "PUT /contacts/{id}": (
        "/contacts/1",
        {"contact": {"firstName": "B", "fieldValues": [{"field": "1", "value": "w"}]}},
    ),
    "DELETE /contacts/{id}": ("/contacts/2", None),
    "POST /contact/sync": (
        "/contact/sync",
        {"contact": {"email": "m@x.test", "fieldValues": [{"field": "1", "value": "v"}]}},
    ),
    "POST /contactLists": ("/contactLists", {"contactList": {"list": "1", "contact": "2", "status": "1"}}),
    "GET /contacts/{id}/contactAutomations": ("/contacts/1/contactAutomations", None),
    "GET /contacts/{id}/scoreValues": ("/contacts/1/scoreValues", None),
    "GET /contacts/{id}/bounceLogs": ("/contacts/3/bounceLogs", None),
    "GET /contacts/{id}/contactData": ("/contacts/1/contactData", None),
    "GET /contacts/{id}/contactGoals": ("/contacts/1/contactGoals", None),
    "GET /contacts/{id}/contactLists": ("/contacts/1/contactLists", None),
    "GET /contacts/{id}/contactLogs": ("/contacts/1/contactLogs", None),
    "GET /contacts/{id}/contactDeals": ("/contacts/1/contactDeals", None),
    "GET /contacts/{id}/deals": ("/contacts/1/deals", None),
    "GET /contacts/{id}/fieldValues": ("/contacts/1/fieldValues", None),
    "GET /contacts/{id}/geoIps": ("/contacts/1/geoIps", None),
    "GET /contacts/{id}/notes": ("/contacts/1/notes", None),
    "GET /contacts/{id}/organization": ("/contacts/1/organization", None),
    "GET /contacts/{id}/plusAppend": ("/contacts/1/plusAppend", None),
    "GET /contacts/{id}/trackingLogs": ("/contacts/1/trackingLogs", None),
    "GET /contacts/{contactId}/trackingLogs": ("/contacts/1/trackingLogs", None),
    "GET /contacts/{id}/accountContacts": ("/contacts/1/accountContacts", None),
    "GET /contacts/{id}/automationEntryCounts": ("/contacts/1/automationEntryCounts", None),
    "POST /import/bulk_import": ("/import/bulk_import", {"contacts": [{"email": "b@x.test"}]}),
    "GET /import/bulk_import": ("/import/bulk_import", None),
    "GET /import/info": ("/import/info?batchId={batch}", None),
    "GET /activities": ("/activities?contact=1&limit=20", None),
    "GET /emailActivities": ("/emailActivities?limit=20", None),
    "GET /scores": ("/scores?limit=20", None),
    "GET /notes": ("/notes?limit=20", None),
    "POST /notes": ("/notes", {"note": _NOTE}),
    "GET /notes/{id}": ("/notes/1", None),
    "PUT /notes/{id}": ("/notes/1", {"note": _NOTE}),
    "DELETE /notes/{id}": ("/notes/1", None),
    "GET /contactAutomations": ("/contactAutomations?limit=20", None),
    "POST /contactAutomations": ("/contactAutomations", {"contactAutomation": {"contact": 2, "automation": 1}}),
    "GET /contactAutomations/{id}": ("/contactAutomations/1", None),
    "DELETE /contactAutomations/{id}": ("/contactAutomations/1", None),
    "GET /automations": ("/automations?limit=20", None),
    "GET /fields": ("/fields?limit=100", None),
    "POST /fields": ("/fields", {"field": _FIELD}),
    "GET /fields/{id}": ("/fields/1", None),
    "PUT /fields/{id}": ("/fields/1", {"field": {"title": "Other"}}),
    "DELETE /fields/{id}": ("/fields/1", None),
    "POST /fieldRels": ("/fieldRels", {"fieldRel": {"field": 1, "relid": 2}}),
    "DELETE /fieldRels/{fieldRelId}": ("/fieldRels/1", None),
    "POST /fieldOption/bulk": ("/fieldOption/bulk", {"fieldOptions": [_OPTION]}),
    "GET /fieldValues": ("/fieldValues?limit=20", None),
    "POST /fieldValues": ("/fieldValues", {"fieldValue": {"contact": 2, "field": 1, "value": "x"}}),
    "GET /fieldValues/{id}": ("/fieldValues/10001", None),
    "PUT /fieldValues/{id}": ("/fieldValues/10001", {"fieldValue": {"contact": 1, "field": 1, "value": "x"}}),
    "DELETE /fieldValues/{id}": ("/fieldValues/10001", None),
    "GET /groupMembers": ("/groupMembers", None),
    "POST /groupMembers": ("/groupMembers", {"groupMember": {"rel_id": 1, "ordernum": None, "group_id": 1}}),
    "GET /groupMembers/{groupID}": ("/groupMembers/1", None),
    "PUT /groupMembers/{groupId}": ("/groupMembers/1", {"rel_id": 1, "ordernum": 4, "group_id": 1}),
    "DELETE /groupMembers/{groupID}": ("/groupMembers/1", None),
    "POST /groupDefinitions": ("/groupDefinitions", {"groupDefinition": {"label": "Mine", "groupType": 1}}),
    "POST /contactTags": ("/contactTags", {"contactTag": {"contact": 1, "tag": 2}}),
    "DELETE /contactTags/{id}": ("/contactTags/1", None),
    "GET /tags": ("/tags?limit=20", None),
    "POST /tags": ("/tags", {"tag": {"tag": "new", "tagType": "contact", "description": "d"}}),
    "GET /tags/{id}": ("/tags/1", None),
    "PUT /tags/{id}": ("/tags/1", {"tag": {"tag": "other"}}),
    "DELETE /tags/{id}": ("/tags/1", None),
    "GET /lists": ("/lists?limit=20", None),
    "POST /lists": ("/lists", {"list": _LIST}),
    "GET /lists/{id}": ("/lists/1", None),
    "DELETE /lists/{id}": ("/lists/2", None),
    "POST /listGroups": ("/listGroups", {"listGroup": {"listid": 1, "groupid": 3}}),
    "GET /lists/exclusions": ("/lists/exclusions?limit=20", None),
    "GET /lists/exclusions/{id}": ("/lists/exclusions/1", None),
    "PUT /lists/exclusions/{id}": ("/lists/exclusions/1", {"channel": "several", "lists": ["1"]}),
    "GET /accounts": ("/accounts?limit=20", None),
    "POST /accounts": ("/accounts", {"account": {"name": "New", "accountUrl": "https://x.test"}}),
    "GET /accounts/{id}": ("/accounts/1", None),
    "PUT /accounts/{id}": ("/accounts/1", {"account": {"name": "Newer"}}),
    "DELETE /accounts/{id}": ("/accounts/2", None),
    "DELETE /accounts/bulk_delete": ("/accounts/bulk_delete?[]ids=2", None),
    "POST /accounts/{id}/notes": ("/accounts/1/notes", {"note": {"note": "Met"}}),
    "PUT /accounts/{id}/notes/{noteid}": ("/accounts/1/notes/2", {"note": {"note": "Met again"}}),
    "GET /accountContacts": ("/accountContacts?limit=20", None),
    "POST /accountContacts": ("/accountContacts", {"accountContact": {"account": 1, "contact": 2, "jobTitle": "Dean"}}),
    "GET /accountContacts/{id}": ("/accountContacts/1", None),
    "PUT /accountContacts/{id}": (
        "/accountContacts/1",
        {"accountContact": {"account": 2, "contact": 1, "jobTitle": "CEO"}},
    ),
    "DELETE /accountContacts/{id}": ("/accountContacts/1", None),
    "GET /accountCustomFieldMeta": ("/accountCustomFieldMeta?limit=20", None),
    "POST /accountCustomFieldMeta": ("/accountCustomFieldMeta", {"accountCustomFieldMetum": _META}),
    "GET /accountCustomFieldMeta/{id}": ("/accountCustomFieldMeta/1", None),
    "PUT /accountCustomFieldMeta/{id}": ("/accountCustomFieldMeta/1", {"accountCustomFieldMetum": {"fieldLabel": "Z"}}),
    "DELETE /accountCustomFieldMeta/{id}": ("/accountCustomFieldMeta/1", None),
    "GET /accountCustomFieldData": ("/accountCustomFieldData?limit=20", None),
    "POST /accountCustomFieldData": ("/accountCustomFieldData", {"accountCustomFieldDatum": _VALUE}),
    "GET /accountCustomFieldData/{id}": ("/accountCustomFieldData/1", None),
    "PUT /accountCustomFieldData/{id}": ("/accountCustomFieldData/1", {"accountCustomFieldDatum": {"fieldValue": "y"}}),
    "DELETE /accountCustomFieldData/{id}": ("/accountCustomFieldData/1", None),
    "POST /accountCustomFieldData/bulkCreate": ("/accountCustomFieldData/bulkCreate", [_VALUE]),
    "PATCH /accountCustomFieldData/bulkUpdate": ("/accountCustomFieldData/bulkUpdate", [{"id": 1, "fieldValue": "z"}]),
    "GET /users": ("/users?limit=20", None),
    "POST /users": ("/users", {"user": {"username": "jo", "email": "jo@x.test", "firstName": "J", "lastName": "O"}}),
    "GET /users/{id}": ("/users/1", None),
    "PUT /users/{id}": ("/users/1", {"user": {"firstName": "Jo"}}),
    "DELETE /users/{id}": ("/users/1", None),
    "GET /users/email/{email}": ("/users/email/admin@sandbox.example", None),
    "GET /users/username/{username}": ("/users/username/admin", None),
    "GET /users/me": ("/users/me", None),
    "GET /groups": ("/groups?limit=20", None),
    "POST /groups": ("/groups", {"group": {"title": "New"}}),
    "GET /groups/{id}": ("/groups/3", None),
    "PUT /groups/{id}": ("/groups/3", {"group": {"title": "Newer"}}),
    "DELETE /groups/{id}": ("/groups/3", None),
    "GET /webhooks": ("/webhooks?limit=20", None),
    "POST /webhooks": ("/webhooks", {"webhook": _HOOK}),
    "GET /webhooks/{id}": ("/webhooks/1", None),
    "PUT /webhooks/{id}": ("/webhooks/1", {"webhook": {"name": "Other"}}),
    "DELETE /webhooks/{id}": ("/webhooks/1", None),
    "GET /webhook/events": ("/webhook/events", None),
}


def prepare(sandbox: SandboxProgram) -> str:
    """The world that the requests are about; gives the batch that `{batch}` stands for."""
    sandbox.reset()
    sandbox.put_world(WORLD)
    for name in (
        "POST /notes",
        "POST /accounts/{id}/notes",
        "POST /contactAutomations",
        "POST /groupMembers",
        "POST /accountCustomFieldMeta",
        "POST /accountCustomFieldData",
        "POST /webhooks",
    ):
        path, body = REQUESTS[name]
        reply = sandbox.api.post(path, json=body)
        assert reply.status_code in (200, 201), reply.text
    batch = sandbox.bulk({"email": "old@x.test"})
    sandbox.advance(10)
    return batch


def send(sandbox: SandboxProgram, name: str, batch: str) -> Any:
    """Send the request of an operation."""
    path, body = REQUESTS[name]
    method = name.partition(" ")[0]
    return sandbox.api.request(method, path.replace("{batch}", batch), json=body)
