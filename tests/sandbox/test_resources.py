"""Fields, lists, tags, accounts, users and the rest."""

import pytest


def _create(sandbox, path: str, name: str, /, **given):
    return sandbox.api.post(path, json={name: given})


def test_a_field_is_made_with_its_options_and_shown_on_every_list(sandbox):
    made = _create(sandbox, "/fields", "field", title="Start Term!", type="dropdown")
    assert (made.status_code, made.json()["field"]["perstag"]) == (201, "START_TERM")
    key = made.json()["field"]["id"]
    options = [{"field": key, "value": text, "label": text} for text in ("Fall", "Spring")]
    bulk = sandbox.api.post("/fieldOption/bulk", json={"fieldOptions": options})
    assert bulk.status_code == 201
    assert _create(sandbox, "/fieldRels", "fieldRel", field=key, relid=0).status_code == 201
    page = sandbox.get("/fields", limit=100)
    field = page["fields"][-1]
    shown = {row["id"]: row["value"] for row in page["fieldOptions"]}
    assert [shown[one] for one in field["options"]] == ["Fall", "Spring"]
    assert len(field["relations"]) == 1


def test_a_field_title_is_taken_once_and_a_page_has_20(sandbox):
    assert _create(sandbox, "/fields", "field", title="sonis_id", type="text").status_code == 422
    for number in range(20):
        _create(sandbox, "/fields", "field", title=f"F{number}", type="text")
    assert len(sandbox.get("/fields")["fields"]) == 20
    assert sandbox.get("/fields", limit=100)["meta"]["total"] == "25"
    sandbox.switch(default_page_fields="100")
    assert len(sandbox.get("/fields")["fields"]) == 25


def test_a_deleted_field_takes_its_values_along(sandbox):
    assert sandbox.api.delete("/fields/1").status_code == 200
    assert sandbox.values(1) == {"2": "Prospect"}
    assert sandbox.api.delete("/fields/1").status_code == 404


def test_fields_may_be_forbidden(sandbox):
    sandbox.switch(fields_permitted="off")
    assert _create(sandbox, "/fields", "field", title="No", type="text").status_code == 403


@pytest.mark.parametrize(("answer", "status"), [("existing", 200), ("reject", 422), ("sql_error", 422)])
def test_a_known_tag_meets_the_switch(sandbox, answer, status):
    sandbox.switch(tag_duplicate=answer)
    reply = _create(sandbox, "/tags", "tag", tag="VIP", tagType="contact")
    assert reply.status_code == status


def test_tags_are_found_and_taken_off(sandbox):
    assert sandbox.get("/tags", search="i", limit=20)["meta"]["total"] == "1"
    (link,) = sandbox.get("/contacts/1/contactTags")["contactTags"]
    again = _create(sandbox, "/contactTags", "contactTag", contact=1, tag=1).json()["contactTag"]
    assert again["id"] == link["id"]
    assert sandbox.api.delete(f"/contactTags/{link['id']}").status_code == 200
    assert sandbox.api.delete(f"/contactTags/{link['id']}").status_code == 404
    assert _create(sandbox, "/contactTags", "contactTag", contact=1, tag="vip").status_code == 422


@pytest.mark.parametrize(("kind", "count"), [("contains", "1"), ("prefix", "0"), ("equals", "0")])
def test_accounts_are_searched_by_the_switch(sandbox, kind, count):
    sandbox.switch(account_search=kind)
    assert sandbox.get("/accounts", search="oni", limit=20)["meta"]["total"] == count


def test_an_account_name_is_unique_and_its_plan_can_lack_accounts(sandbox):
    reply = _create(sandbox, "/accounts", "account", name="sonis")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "duplicate")
    assert sandbox.get("/accounts", count_deals="true", limit=1)["accounts"][0]["contactCount"] == "1"
    sandbox.switch(accounts_enabled="off")
    assert sandbox.api.get("/accounts?limit=20").status_code == 403


def test_a_list_needs_its_four_parts(sandbox):
    parts = {
        "name": "New",
        "stringid": "new",
        "sender_url": "https://x.test",
        "sender_reminder": "You asked.",
    }
    for missing in parts:
        given = {key: value for key, value in parts.items() if key != missing}
        assert _create(sandbox, "/lists", "list", **given).status_code == 422
    assert _create(sandbox, "/lists", "list", **parts).status_code == 200
    assert sandbox.get("/lists", limit=20, **{"filters[name]": "news"})["meta"]["total"] == "1"
    assert sandbox.get("/lists", limit=20, **{"filters[name][eq]": "New"})["meta"]["total"] == "1"


def test_the_key_belongs_to_a_user_with_permissions(sandbox):
    user = sandbox.get("/users/me")["user"]
    group = sandbox.get(f"/users/{user['id']}/userGroup")["userGroup"]["group"]
    assert sandbox.get(f"/groups/{group}")["group"]["pgContactImport"] == "1"


def test_exclusions_refuse_unknown_filters_and_have_a_number_as_total(sandbox):
    page = sandbox.get("/lists/exclusions", limit=20)
    assert page["meta"]["total"] == 2
    assert {row["matchType"] for row in page["exclusions"]} == {"end", "exact"}
    assert sandbox.api.get("/lists/exclusions?filters[nonsense]=1").status_code == 422
    assert sandbox.api.get("/lists/exclusions?orders[matchPhrase]=DASC").status_code == 422


def test_a_contact_enters_an_automation(sandbox):
    body = {"contactAutomation": {"contact": 1, "automation": 1}}
    assert sandbox.api.post("/contactAutomations", json=body).status_code == 201
    assert sandbox.get("/contacts/1/contactAutomations")["contactAutomations"][0]["automation"] == "1"
    body["contactAutomation"]["automation"] = 9
    assert sandbox.api.post("/contactAutomations", json=body).status_code == 403


def test_links_lead_to_the_neighbours(sandbox):
    page = sandbox.get("/contacts", limit=1, include="fieldValues,contactTags,contactLists,accountContacts")
    for kind, name in (
        ("fieldValues", "field"),
        ("contactTags", "tag"),
        ("contactLists", "list"),
        ("accountContacts", "account"),
    ):
        reply = sandbox.api.get(page[kind][0]["links"][name])
        assert (reply.status_code, name in reply.json()) == (200, True)
        assert sandbox.api.get(f"/{kind}/99990009/{name}").status_code == 404


def test_account_fields_hold_one_value_an_account(sandbox):
    meta = {"fieldLabel": "Size", "fieldType": "multiselect", "fieldOptions": ["A", "B"]}
    assert _create(sandbox, "/accountCustomFieldMeta", "accountCustomFieldMetum", **meta).status_code == 200
    value = {"customerAccountId": 1, "customFieldId": 1, "fieldValue": ["A"]}
    for _ in range(2):
        reply = _create(sandbox, "/accountCustomFieldData", "accountCustomFieldDatum", **value)
        assert reply.json()["accountCustomFieldDatum"]["id"] == "1"
    assert sandbox.api.post("/accountCustomFieldData/bulkCreate", json=[value]).status_code == 200
    assert len(sandbox.get("/accountCustomFieldData", limit=20)["accountCustomFieldData"]) == 1


def test_what_the_plan_lacks_is_forbidden(sandbox):
    for path in ("/deals", "/campaigns", "/ecomOrders"):
        assert sandbox.api.get(path).status_code == 403


def test_an_unknown_path_or_method_is_said(sandbox):
    assert sandbox.api.get("/contacts/sync/x").status_code == 404
    assert sandbox.api.post("/contacts/sync").status_code == 405
    assert sandbox.api.post("/bulkImport").status_code == 404
