"""Review: conflicts side by side, decided one by one or together, remembered, taken back; the next run acts on it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from sonisbridge.core.roles import Role
from sonisbridge.store.models import AuditEntry, Decision, Institution, Link, OpenConflict
from tests.flows.pair import Pair


def a_conflict(institution: Institution, sonis_id: str, *contact_ids: str, **more: object) -> OpenConflict:
    values = {"kind": "outbound", "reason": "email-in-use", "message": "Not sent: ...", "first_run": 1, "last_run": 1}
    return OpenConflict.objects.create(
        institution=institution, sonis_id=sonis_id, contact_ids=list(contact_ids), **{**values, **more}
    )


@pytest.fixture
def waiting(institution: Institution) -> Institution:
    """Three conflicts of one reason, two of them with a proposed contact, and one of another."""
    a_conflict(institution, "AB1", "1", proposed=1, name="Ana Lima")
    a_conflict(institution, "AB2", "2", proposed=2, name="Jo Reyes")
    a_conflict(institution, "AB3", "3", "4", name="Kim Roe")
    a_conflict(institution, "AB4", reason="shared-email", name="Sam Pell")
    return institution


def test_conflicts_are_counted_by_reason_and_found(client_of, waiting):
    client = client_of(Role.VIEWER)
    text = client.get(f"/{waiting.pk}/review/").content.decode()
    assert "Address in use <strong>3</strong>" in text
    assert "Shared address <strong>1</strong>" in text
    page = client.get(f"/{waiting.pk}/review/?reason=email-in-use&q=kim")
    assert [row.name for row in page.context["list"].rows] == ["Kim Roe"]
    assert "Decide all of this reason" not in page.content.decode(), "a viewer decides nothing"


def test_nothing_waits_says_so(client_of, institution):
    assert "Nothing waits for a decision." in client_of(Role.VIEWER).get(f"/{institution.pk}/review/").content.decode()


def test_a_viewer_sees_a_conflict_and_may_not_decide_it(client_of, waiting):
    client = client_of(Role.VIEWER)
    found = OpenConflict.objects.get(sonis_id="AB1")
    text = client.get(f"/{waiting.pk}/review/{found.pk}/").content.decode()
    assert "SONIS could not be asked." in text, "it is shown also while SONIS does not answer"
    assert "Deciding is for operators and administrators." in text
    for path in (f"{found.pk}/decide/", "group/", "decisions/take-back/"):
        assert client.post(f"/{waiting.pk}/review/{path}").status_code == 403


def test_all_of_one_reason_are_shown_before_they_are_decided(client_of, waiting):
    client = client_of(Role.OPERATOR)
    path = f"/{waiting.pk}/review/group/"
    shown = client.get(path, {"reason": "email-in-use", "action": "link"})
    text = shown.content.decode()
    assert "2 conflicts are decided." in text
    assert "1 other of this reason stays" in text
    assert "no contact is proposed for them" in text
    assert OpenConflict.objects.count() == 4, "looking decides nothing"
    sent = {"reason": "email-in-use", "action": "link", "shown": shown.context["mark"]}
    assert client.post(path, sent, follow=True).status_code == 200
    assert set(Link.objects.values_list("sonis_id", "contact_id", "how", "decided_by")) == {
        ("AB1", 1, "decision", "operator"),
        ("AB2", 2, "decision", "operator"),
    }
    assert AuditEntry.objects.filter(action="conflict decided: link", by="operator").count() == 2
    assert set(OpenConflict.objects.values_list("sonis_id", flat=True)) == {"AB3", "AB4"}


def test_what_came_after_a_look_is_shown_again_and_not_decided(client_of, waiting):
    client = client_of(Role.OPERATOR)
    path = f"/{waiting.pk}/review/group/"
    mark = client.get(path, {"reason": "email-in-use", "action": "ignore"}).context["mark"]
    a_conflict(waiting, "AB5", "5")
    answer = client.post(path, {"reason": "email-in-use", "action": "ignore", "shown": mark})
    assert "Other conflicts wait by now than were shown." in answer.content.decode()
    assert OpenConflict.objects.count() == 5
    assert client.get(path, {"reason": "email-in-use", "action": "burn"}).status_code == 404


def test_a_decision_needs_to_know_which_contact(client_of, waiting):
    found = OpenConflict.objects.get(sonis_id="AB3")
    answer = client_of(Role.OPERATOR).post(f"/{waiting.pk}/review/{found.pk}/decide/", {"action": "link"})
    assert answer.status_code == 422
    assert "Say which person and which contact are meant." in answer.content.decode()


def test_what_was_decided_is_remembered_until_it_is_taken_back(client_of, waiting):
    client = client_of(Role.OPERATOR)
    for sonis_id, action in (("AB1", "link"), ("AB2", "not-same"), ("AB4", "ignore")):
        found = OpenConflict.objects.get(sonis_id=sonis_id)
        client.post(f"/{waiting.pk}/review/{found.pk}/decide/", {"action": action})
    text = client.get(f"/{waiting.pk}/review/decisions/").content.decode()
    assert all(word in text for word in ("AB1", "Not the same person", "Ignored", "shared-email"))
    for decision in Decision.objects.all():
        client.post(f"/{waiting.pk}/review/decisions/take-back/", {"decision": decision.pk})
    client.post(f"/{waiting.pk}/review/decisions/take-back/", {"link": "AB1"})
    assert not Decision.objects.exists()
    assert not Link.objects.exists()
    assert AuditEntry.objects.filter(action="decision taken back", by="operator").count() == 2
    assert AuditEntry.objects.filter(action="link by decision taken back", by="operator").count() == 1
    again = client.post(f"/{waiting.pk}/review/decisions/take-back/", {"link": "AB1"}, follow=True)
    assert "somebody took it back" in again.content.decode()


def test_a_conflict_that_was_decided_meanwhile_leads_back_to_the_list(client_of, waiting):
    client = client_of(Role.OPERATOR)
    assert "does not wait any more" in client.get(f"/{waiting.pk}/review/999/", follow=True).content.decode()
    answer = client.post(f"/{waiting.pk}/review/999/decide/", {"action": "link"}, follow=True)
    assert "Nothing was done" in answer.content.decode()


def test_a_held_possible_duplicate_that_is_not_the_same_is_imported(client_of, pair_with):
    pair: Pair = pair_with(hold_possible_duplicates=True)
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Ana", "Lima", "other@example.edu")
    pair.make_contact("new@example.org", "Ana", "Lima")
    pair.import_()
    found = OpenConflict.objects.get()
    client = client_of(Role.OPERATOR)
    page = client.get(f"/{pair.institution.pk}/review/{found.pk}/")
    assert [side.sonis_id for side in page.context["comparison"].people] == ["AB1", "AB2"]
    sent = {"action": "not-same", "people": ["AB1", "AB2"]}
    client.post(f"/{pair.institution.pk}/review/{found.pk}/decide/", sent)
    assert set(Decision.objects.values_list("sonis_id", flat=True)) == {"AB1", "AB2"}
    assert pair.import_().counts["created"] == 1


def test_a_contact_that_fits_several_people_is_linked_to_the_one_that_is_chosen(client_of, pair: Pair):
    for sonis_id in ("AB1", "AB2"):
        pair.school.add(sonis_id, "Ana", "Lima", "ana@example.edu")
    contact_id = pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.import_()
    found = OpenConflict.objects.get()
    client = client_of(Role.OPERATOR)
    path = f"/{pair.institution.pk}/review/{found.pk}/decide/"
    assert client.post(path, {"action": "link"}).status_code == 422
    client.post(path, {"action": "link", "person": "AB2"})
    assert pair.export().counts["conflict"] == 1, "the other of the two has no address of their own"
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    assert (contact["id"], contact["values"]["SONIS_ID"]) == (contact_id, "AB2")


def test_a_conflict_is_resolved_in_the_browser_and_the_next_export_acts_on_it(page_of, pair: Pair):
    pair.school.add("AB1", "Katherine", "Moran", "kate@example.edu", city="Nashville")
    contact_id = pair.make_contact("kate@example.edu", "Kate", "Moran", Home_City="Memphis")
    pair.export()
    page = page_of(Role.OPERATOR)
    page.goto("/")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Review").click()
    page.get_by_role("link", name="Katherine Moran").click()
    both = page.get_by_role("region", name="Both sides")
    assert "proposed" in both.inner_text()
    assert "differs" in both.get_by_role("row", name="Home City").inner_text()
    found = [item for item in Axe().run(page).response["violations"] if item["impact"] in {"serious", "critical"}]
    assert found == []
    page.get_by_role("button", name="Link", exact=True).click()
    page.get_by_text("Decided: link. The next run acts on it.").wait_for()
    assert page.get_by_text("Nothing waits for a decision.").is_visible()
    assert pair.export().counts["updated"] == 1
    contact = pair.contact("kate@example.edu")
    assert contact is not None
    assert (contact["id"], contact["firstName"]) == (contact_id, "Katherine")
    assert (contact["values"]["Home City"], contact["values"]["SONIS_ID"]) == ("Nashville", "AB1")
    page.get_by_role("link", name="Decisions").click()
    assert page.get_by_role("row", name="AB1").get_by_text("operator").is_visible()
