"""Notification Assignments: who is told, by whom, how, and what became of it (rule 10)."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.utils import timezone

from sonisbridge.core.roles import Role
from sonisbridge.store import assignments, users
from sonisbridge.store.models import AuditEntry, Institution
from sonisbridge.store.timed_models import Assignment, Delivery, NoticeGroup
from sonisbridge.sync import notices
from tests.flows.school import School
from tests.timed.conftest import MEMBER, OWNER
from tests.timed.mail import MailServer
from tests.timed.parts import an_institution

from .site import PASSWORD


def place(institution: Institution, rest: str = "") -> str:
    return f"/{institution.pk}/notifications/{rest}"


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture
def institution(school: School, transactional_db: None) -> Institution:
    """An institution whose SONIS has two of the staff."""
    return an_institution(sonis=school.url)


@pytest.fixture
def administrator(client_of, institution):
    return client_of(Role.ADMINISTRATOR)


@pytest.fixture
def group(institution) -> NoticeGroup:
    return assignments.put_group(institution, "Admissions", add=notices.checked_members(institution, [MEMBER]), by="t")


def typed(group_told: NoticeGroup, **more: str) -> dict[str, str]:
    """A good assignment as a user types it."""
    return {
        "type": "import", "name": "New web prospects", "code": "new-prospects", "group": str(group_told.pk),
        "owner": OWNER, "message": "Please look at them.", "method": "both", "reminder_type": "note", **more,
    }  # fmt: skip


def added(administrator, institution, group, **more: str) -> Assignment:
    administrator.post(place(institution, "add/"), typed(group, **more))
    return Assignment.objects.latest("pk")


# Assignments


def test_the_way_begins_with_a_group_and_then_a_type(administrator, institution):
    assert "First make a group" in text_of(administrator.get(place(institution)))
    administrator.post(place(institution, "groups/add/"), {"name": "Admissions", "members": MEMBER})
    assert "Say what a group is told of" in text_of(administrator.get(place(institution)))
    assert "Active Campaign Import" in text_of(administrator.get(place(institution, "add/")))
    form = text_of(administrator.get(place(institution, "add/?type=import")))
    assert "also when nothing was imported" in form
    assert "The import of ActiveCampaign contacts has run." in form
    assert "Admissions (1 member)" in form


def test_an_assignment_is_added_with_the_owner_as_sonis_has_them(administrator, institution, group):
    answer = administrator.post(place(institution, "add/"), typed(group), follow=True)
    assert "The notification was added." in text_of(answer)
    row = Assignment.objects.get()
    assert (row.owner_name, row.owner_address, row.method) == ("Grace Green", "grace@example.edu", "both")
    assert AuditEntry.objects.filter(action="notification added", by="administrator").exists()
    shown = text_of(answer)
    assert "Grace Green &lt;grace@example.edu&gt;" in shown
    assert "Please look at them." in shown
    assert "3 created" in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"owner": "ZZ1"}, "SONIS has nobody with the SONIS ID"),
        ({"owner": "NO0000003"}, "SONIS has no e-mail address for SONIS ID NO0000003"),
        ({"code": "new prospects"}, "A code has 1 to 20 letters"),
        ({"code": "x" * 21}, "at most 20 characters"),
        ({"name": "x" * 51}, "at most 50 characters"),
        ({"group": ""}, "This field is required"),
        ({"method": "pigeon"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(
    administrator, institution, group, school: School, wrong, told
):
    school.add("NO0000003", "Noa", "None", status="FA")
    answer = administrator.post(place(institution, "add/"), typed(group, **wrong))
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "Please look at them." in text_of(answer)
    assert not Assignment.objects.exists()


def test_a_code_is_given_once(administrator, institution, group):
    row = added(administrator, institution, group)
    answer = administrator.post(place(institution, "add/"), typed(group, name="Another"))
    assert "There is a notification with the code" in text_of(answer)
    kept = administrator.post(place(institution, f"{row.pk}/edit/"), typed(group, name="Another"), follow=True)
    assert "The notification was changed." in text_of(kept)
    row.refresh_from_db()
    assert (row.name, row.code) == ("Another", "new-prospects")


def test_while_sonis_is_away_a_new_owner_cannot_be_checked_and_the_old_one_stays(administrator, institution, group):
    row = added(administrator, institution, group)
    institution.sonis_url = "sqlite:////nowhere/at-all.sqlite3"
    institution.save()
    wanted = typed(group, owner=MEMBER)
    assert administrator.post(place(institution, f"{row.pk}/edit/"), wanted).status_code == 422
    administrator.post(place(institution, f"{row.pk}/edit/"), typed(group, method="none"))
    row.refresh_from_db()
    assert (row.owner_sonis_id, row.method) == (OWNER, "none")


def test_the_whole_notice_is_shown_as_one_types_and_no_markup_comes_of_it(administrator, institution, group):
    shown = text_of(
        administrator.post(
            place(institution, "preview/"), typed(group, name="<b>Hey</b>", message="<script>x</script>")
        )
    )
    assert "&lt;b&gt;Hey" in shown
    assert "<script>" not in shown
    assert "9 skipped" in shown
    assert "Ana Lima" not in shown
    named = administrator.post(place(institution, "preview/"), typed(group, with_people="on"))
    assert "Ana Lima" in text_of(named)
    assert not Assignment.objects.exists()


def test_the_owner_is_looked_up_in_sonis_as_soon_as_the_id_is_typed(administrator, institution):
    assert "Grace Green, grace@example.edu" in text_of(administrator.get(place(institution, f"owner/?owner={OWNER}")))
    assert "SONIS has nobody" in text_of(administrator.get(place(institution, "owner/?owner=ZZ1")))
    assert text_of(administrator.get(place(institution, "owner/"))).strip() == ""


def test_who_may_only_look_changes_nothing(client_of, institution, group, administrator):
    row = added(administrator, institution, group)
    viewer = client_of(Role.VIEWER)
    for rest in ("", f"{row.pk}/", "groups/", f"groups/{group.pk}/", "deliveries/"):
        shown = viewer.get(place(institution, rest))
        assert shown.status_code == 200
        assert "<button" not in text_of(shown).split('id="content"')[1].replace('<button class="small">Filter', "")
    assert viewer.post(place(institution, f"{row.pk}/test/")).status_code == 403


def test_another_institutions_assignment_is_no_page(administrator, institution, group):
    row = added(administrator, institution, group)
    other = Institution.objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    for rest in (f"{row.pk}/", f"{row.pk}/edit/", f"groups/{group.pk}/"):
        assert administrator.get(place(other, rest)).status_code == 404
    for rest in (f"{row.pk}/test/", f"{row.pk}/remove/", f"groups/{group.pk}/remove/"):
        assert administrator.post(place(other, rest)).status_code == 404


def test_removing_an_assignment_leaves_its_group(administrator, institution, group):
    row = added(administrator, institution, group)
    administrator.post(place(institution, f"{row.pk}/remove/"))
    assert not Assignment.objects.exists()
    assert NoticeGroup.objects.exists()


# Groups


def test_a_group_holds_people_of_sonis_and_plain_addresses(administrator, institution):
    given = {"name": "Admissions", "members": f"{MEMBER}\noffice@example.edu, {MEMBER}"}
    shown = text_of(administrator.post(place(institution, "groups/add/"), given, follow=True))
    assert "leo@example.edu" in shown.casefold()
    found = NoticeGroup.objects.get()
    assert sorted(found.members.values_list("sonis_id", flat=True)) == ["", MEMBER]
    again = administrator.post(place(institution, "groups/add/"), given)
    assert "There is a group" in text_of(again)


def test_a_member_that_cannot_be_is_named_and_the_others_wait(administrator, institution, group):
    answer = administrator.post(place(institution, f"groups/{group.pk}/members/"), {"members": f"{OWNER} ZZ1"})
    assert answer.status_code == 422
    assert "SONIS has nobody with the SONIS ID" in text_of(answer)
    assert f"{OWNER} ZZ1" in text_of(answer)
    assert group.members.count() == 1


def test_the_group_says_whom_a_reminder_reaches(administrator, institution, group):
    users.give(User.objects.create_user("leo", "LEO@example.edu", PASSWORD), Role.VIEWER, institution, by="test")
    assert ">leo</td>" in text_of(administrator.get(place(institution, f"groups/{group.pk}/")))


def test_a_member_is_taken_out_and_a_group_goes_when_nothing_is_told_to_it(administrator, institution, group):
    row = added(administrator, institution, group)
    member = group.members.get()
    administrator.post(place(institution, f"groups/{group.pk}/take-out/"), {"member": member.pk})
    assert not group.members.exists()
    stays = administrator.post(place(institution, f"groups/{group.pk}/remove/"), follow=True)
    assert "give those another group first" in text_of(stays)
    administrator.post(place(institution, f"{row.pk}/remove/"))
    administrator.post(place(institution, f"groups/{group.pk}/remove/"))
    assert not NoticeGroup.objects.exists()


# Deliveries


def test_without_a_mail_server_the_pages_say_so_and_the_delivery_too(administrator, institution, group, settings):
    settings.EMAIL_HOST = ""
    row = added(administrator, institution, group, method="email")
    for rest in ("", "groups/", "deliveries/", f"{row.pk}/", "add/?type=import"):
        assert "No mail server is set" in text_of(administrator.get(place(institution, rest)))
    administrator.post(place(institution, f"{row.pk}/test/"))
    assert "1 notice is about to go out" in text_of(administrator.get(place(institution, f"{row.pk}/")))
    notices.tick(timezone.now())
    shown = text_of(administrator.get(place(institution, "deliveries/?state=failed")))
    assert "grace@example.edu" in shown
    assert "give its address in SONISBRIDGE_MAIL_URL" in shown
    assert "Nothing fits" in text_of(administrator.get(place(institution, "deliveries/?state=sent")))
    csv = b"".join(administrator.get(place(institution, "deliveries/?as=csv")).streaming_content).decode()
    assert "test,email,grace@example.edu,failed" in csv


def test_a_delivery_that_waits_says_why_and_until_when(administrator, institution, group, mail: MailServer):
    row = added(administrator, institution, group, method="email")
    mail.stop()
    administrator.post(place(institution, f"{row.pk}/test/"))
    notices.tick(timezone.now())
    shown = text_of(administrator.get(place(institution, f"{row.pk}/")))
    assert "waiting" in shown
    assert "Tried 1 time, next" in shown


def test_a_notification_that_tells_by_nothing_sends_no_test(administrator, institution, group):
    row = added(administrator, institution, group, method="none")
    assert "Nothing was sent" in text_of(administrator.post(place(institution, f"{row.pk}/test/"), follow=True))
    assert not row.notices.exists()


# In the browser


def test_an_assignment_is_added_and_its_test_arrives_by_mail_and_as_a_reminder(
    page_of,
    institution,
    group,
    mail: MailServer,
):
    grace = User.objects.create_user("grace", "grace@example.edu", PASSWORD)
    users.give(grace, Role.ADMINISTRATOR, None, by="test")
    page = page_of(None)
    page.goto(place(institution))
    page.get_by_label("Username or e-mail").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add", exact=True).click()
    page.get_by_label("Notification Type").select_option(label="Active Campaign Import")
    page.get_by_role("button", name="Submit").click()
    page.get_by_label("Notification Name").fill("New web prospects")
    page.get_by_label("Notification Code").fill("new-prospects")
    page.get_by_label("Group Name").select_option(label="Admissions (1 member)")
    page.get_by_label("Notification Owner").fill(OWNER)
    page.get_by_label("Group Notification Message").fill("Please look at them today.")
    page.get_by_text("Grace Green, grace@example.edu").wait_for()
    page.locator("#notice").get_by_text("Please look at them today.").wait_for()
    page.get_by_label("Group Notification Method").select_option(label="E-mail and reminder")
    page.get_by_label("Reminder Type").select_option("alert")
    found = [item for item in Axe().run(page).response["violations"] if item["impact"] in {"serious", "critical"}]
    assert found == []
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("button", name="Send a test").click()
    page.get_by_role("button", name="Send it").click()
    deliveries = page.locator("#deliveries")
    for method in ("E-mail", "Reminder"):
        deliveries.get_by_role("row").filter(has_text=method).get_by_text("delivered").wait_for()
    assert mail.recipients == ["grace@example.edu"]
    assert mail.messages[0]["Subject"] == "New web prospects"
    assert "Please look at them today." in mail.messages[0].get_content()
    page.reload()
    assert "1 unread" in page.get_by_role("link", name="Reminders").inner_text().replace("\n", " ")
    alert = page.get_by_role("alert")
    alert.get_by_role("link", name="Read it").click()
    page.get_by_role("article", name="New web prospects").get_by_role("button", name="Mark as read").click()
    page.get_by_text("Read it again").wait_for()
    assert page.get_by_role("alert").count() == 0
    assert Delivery.objects.filter(state=Delivery.SENT).count() == 2
