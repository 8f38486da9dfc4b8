"""Every reply held against ActiveCampaign's own description of it."""

import pytest

from tests.contract import openapi
from tests.contract.known_errors import DIFFERENCES, NOT_COMPARED, NOT_IN_PLAN, NOT_SERVED
from tests.contract.requests import REQUESTS, prepare, send
from tests.sandbox.program import SandboxProgram


def _family(name: str) -> str:
    return name.split("/")[1]


@pytest.mark.parametrize("name", sorted(set(REQUESTS) - set(NOT_COMPARED)))
def test_a_reply_is_as_documented(program: SandboxProgram, name: str):
    operation = openapi.operations()[name]
    reply = send(program, name, prepare(program))
    assert reply.status_code in operation.replies, reply.text
    found = set(openapi.differences(operation.replies[reply.status_code], reply.json()))
    assert found == set(DIFFERENCES.get(name, {}))


def test_every_documented_operation_is_served_or_said_not_to_be():
    unnamed = {
        name
        for name in openapi.operations()
        if name not in REQUESTS and name not in NOT_COMPARED and _family(name) not in NOT_IN_PLAN + NOT_SERVED
    }
    assert unnamed == set()


@pytest.mark.parametrize("family", NOT_IN_PLAN)
def test_what_the_plan_lacks_is_forbidden_with_its_reason(program: SandboxProgram, family: str):
    reply = program.api.get(f"/{family}")
    assert reply.status_code == 403
    assert reply.json()["message"].startswith("Upgrade your account to enable the ")


@pytest.mark.parametrize("family", NOT_SERVED)
def test_what_is_not_served_is_not_found(program: SandboxProgram, family: str):
    assert program.api.post(f"/{family}/x/y", json={}).status_code == 404


MISSING = {
    "GET /contacts/{id}": ("/contacts/999", None),
    "PUT /contacts/{id}": ("/contacts/999", {"contact": {"firstName": "x"}}),
    "DELETE /contacts/{id}": ("/contacts/999", None),
    "GET /contacts/{id}/fieldValues": ("/contacts/999/fieldValues", None),
    "GET /contacts/{id}/accountContacts": ("/contacts/999/accountContacts", None),
    "GET /fieldValues/{id}": ("/fieldValues/9990001", None),
    "DELETE /fields/{id}": ("/fields/999", None),
    "GET /lists/{id}": ("/lists/999", None),
    "DELETE /lists/{id}": ("/lists/999", None),
    "GET /lists/exclusions/{id}": ("/lists/exclusions/999", None),
    "GET /tags/{id}": ("/tags/999", None),
    "DELETE /tags/{id}": ("/tags/999", None),
    "POST /contactTags": ("/contactTags", {"contactTag": {"contact": 999, "tag": 1}}),
    "DELETE /contactTags/{id}": ("/contactTags/999", None),
    "GET /accountContacts/{id}": ("/accountContacts/999", None),
    "GET /accountCustomFieldMeta/{id}": ("/accountCustomFieldMeta/999", None),
    "GET /accountCustomFieldData/{id}": ("/accountCustomFieldData/999", None),
    "GET /groups/{id}": ("/groups/999", None),
    "GET /contactAutomations/{id}": ("/contactAutomations/999", None),
    "DELETE /contactAutomations/{id}": ("/contactAutomations/999", None),
    "DELETE /notes/{id}": ("/notes/999", None),
}


@pytest.mark.parametrize("name", sorted(MISSING))
def test_what_is_missing_is_answered_as_documented(program: SandboxProgram, name: str):
    operation = openapi.operations()[name]
    path, body = MISSING[name]
    prepare(program)
    reply = program.api.request(name.partition(" ")[0], path, json=body)
    assert reply.status_code in operation.replies
    assert reply.status_code in (403, 404)
    (example, *_) = operation.examples[reply.status_code] or [{}]
    assert set(example) <= set(reply.json())
    if "message" in example:
        assert _words(example["message"]) == _words(reply.json()["message"])


def _words(text: str) -> str:
    return "".join(letter for letter in text if not letter.isdigit())


@pytest.mark.parametrize(
    ("name", "path", "body"),
    [
        ("POST /contacts", "/contacts", {"contact": {"email": "ann@x.test"}}),
        ("POST /fields", "/fields", {"field": {"title": "SONIS_ID", "type": "text"}}),
        ("POST /accounts", "/accounts", {"account": {}}),
        ("POST /accounts", "/accounts", {"account": {"name": "SONIS"}}),
        ("POST /accountContacts", "/accountContacts", {"accountContact": {"contact": 2}}),
        (
            "POST /accountContacts",
            "/accountContacts",
            {"accountContact": {"contact": 1, "account": 2}},
        ),
        ("POST /contactTags", "/contactTags", {"contactTag": {"tag": 1}}),
        ("POST /fieldOption/bulk", "/fieldOption/bulk", {}),
    ],
)
def test_what_is_invalid_is_answered_with_a_documented_body(
    program: SandboxProgram, name: str, path: str, body: dict[str, object]
):
    operation = openapi.operations()[name]
    prepare(program)
    reply = program.api.post(path, json=body)
    assert reply.status_code == 422
    shapes = [_shape(example) for example in operation.examples[422]]
    assert _shape(reply.json()) in shapes


def _shape(body: dict[str, object]) -> object:
    errors = body["errors"]
    if not isinstance(errors, list):
        return type(errors).__name__
    return [(set(error), error.get("code"), error.get("source")) for error in errors if error]
