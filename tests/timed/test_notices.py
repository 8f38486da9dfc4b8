"""Who is told of what, how, and what becomes of each notice (rule 10)."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.notices import TYPES, Method, NoticeType, ReminderType
from sonisbridge.core.roles import Role
from sonisbridge.store import archive, assignments, notices, runs, users, workers
from sonisbridge.store.assignments import Wanted
from sonisbridge.store.models import Institution, Lock, PlanLine, Run
from sonisbridge.store.tallies import Traffic
from sonisbridge.store.timed_models import Assignment, Delivery, Notice, Reminder
from sonisbridge.sync import notices as flow
from sonisbridge.sync import setup
from sonisbridge.sync.orders import order_export, order_import
from sonisbridge.sync.outbound import Order
from tests.flows.school import School
from tests.timed.conftest import MEMBER, OWNER
from tests.timed.mail import BUSY, WRONG, MailServer
from tests.timed.parts import LEASE, a_schedule, carried

MINUTE = timedelta(minutes=1)


def an_assignment(institution: Institution, kind: str = "import", *members: str, **more: Any) -> Assignment:
    """An assignment of Grace's that tells Leo of SONIS and a plain address by e-mail."""
    given = flow.checked_members(institution, members or (MEMBER, "office@example.edu"))
    code = more.pop("code", f"{kind}-notice")
    group = assignments.put_group(institution, f"Group of {code}", add=given, by="test")
    wanted = Wanted(
        type=NoticeType(kind), name=more.pop("name", "The bridge has run"), code=code, group=group,
        owner=flow.checked_owner(institution, OWNER), message=TYPES[NoticeType(kind)].message, **more,
    )  # fmt: skip
    return assignments.add(institution, wanted, by="test")


def an_import(institution: Institution, status: str = "succeeded", **facts: Any) -> Run:
    """An import that has ended."""
    return carried(order_import(institution, started_by="Ana", preview=facts.pop("preview", False)), status, **facts)


def an_export(institution: Institution, status: str = "succeeded", **facts: Any) -> Run:
    """An export that has ended."""
    return carried(order_export(institution, Order(started_by="Ana")), status, **facts)


def now_of(run: Run) -> datetime:
    """When the run ended."""
    assert run.ended_at is not None
    return run.ended_at


def a_user(name: str, address: str, institution: Institution | None = None) -> User:
    """A user of the pages who may see the institution, or all of them."""
    user = User.objects.create_user(name, address)
    users.give(user, Role.VIEWER, institution, by="test")
    return user


def test_every_member_gets_the_message_with_the_runs_summary_from_the_owner(institution, mail: MailServer):
    an_assignment(institution, name="New prospects")
    run = an_import(institution, counts={"read": 5, "created": 3, "skipped": 2})
    flow.tick(now_of(run))
    assert sorted(mail.recipients) == ["leo@example.edu", "office@example.edu"]
    message = mail.messages[0]
    assert (message["Subject"], message["From"]) == ("New prospects", "Grace Green <grace@example.edu>")
    text = message.get_content().replace("\r\n", "\n")
    assert text.startswith("The import of ActiveCampaign contacts has run.\n\nSpringfield: Import, run ")
    assert "5 contacts without a SONIS ID:\n  3 created\n  2 skipped\n" in text


def test_a_notice_goes_out_once_however_often_one_looks(institution, mail: MailServer):
    an_assignment(institution)
    run = an_import(institution)
    for seconds in range(5):
        flow.tick(now_of(run) + timedelta(seconds=seconds))
    assert len(mail.messages) == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_it_goes_out_also_when_nothing_was_imported_and_when_the_import_failed(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    flow.tick(now_of(an_import(institution)))
    flow.tick(now_of(an_import(institution, "failed", message="SONIS does not answer.")))
    one, other = (message.get_content() for message in mail.messages)
    assert "Nothing was imported." in one
    assert "failed" in other
    assert "SONIS does not answer." in other


def test_a_preview_imports_nothing_and_tells_nobody(institution, mail: MailServer):
    an_assignment(institution)
    an_import(institution, preview=True)
    assert not Notice.objects.exists()


def test_an_export_and_a_failure_are_told_to_those_who_asked_for_them(institution, mail: MailServer):
    an_assignment(institution, "export", "exports@example.edu")
    an_assignment(institution, "run-failed", "it@example.edu")
    flow.tick(now_of(an_export(institution)))
    assert mail.recipients == ["exports@example.edu"]
    flow.tick(now_of(an_export(institution, "failed", message="ActiveCampaign refuses the token.")))
    assert sorted(mail.recipients) == ["exports@example.edu", "exports@example.edu", "it@example.edu"]


def test_a_held_export_is_told_with_what_to_do(institution, mail: MailServer):
    an_assignment(institution, "export", "exports@example.edu")
    run = an_export(institution, "held", counts={"read": 9, "held": 9}, message="It would change 9 contacts.")
    flow.tick(now_of(run))
    text = mail.messages[0].get_content()
    assert "is held" in text
    assert f"`sonisbridge runs apply {run.pk}`" in text.replace("\r\n", " ")


def test_what_a_notice_says_is_the_run_as_it_ended_though_it_was_applied_since(institution, mail: MailServer):
    an_assignment(institution, "export", "exports@example.edu")
    run = an_export(institution, "held", counts={"read": 9, "held": 9})
    ended = now_of(run)
    Run.objects.filter(pk=run.pk).update(status="succeeded", counts={"read": 9, "created": 9})
    flow.tick(ended)
    assert "9 held" in mail.messages[0].get_content()


def test_conflicts_are_told_of_when_a_run_is_the_first_to_find_them(institution, mail: MailServer):
    an_assignment(institution, "conflicts", "review@example.edu")
    run = order_export(institution, Order(started_by="Ana"))
    institution.openconflict_set.create(
        kind="outbound", reason="shared-email", sonis_id="AB1", message="Ana Lima", first_run=run.pk, last_run=run.pk
    )
    flow.tick(now_of(carried(run)))
    text = mail.messages[0].get_content()
    assert "1 shared-email" in text
    assert "1 wait in all." in text
    flow.tick(now_of(an_export(institution)))
    assert len(mail.messages) == 1, "the next run found nothing new"


def test_a_run_that_goes_on_as_another_is_told_of_once(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    an_assignment(institution, "run-failed", "it@example.edu")
    taken = runs.claim(order_import(institution, started_by="Ana").pk, worker="gone", lease=LEASE)
    assert taken
    Lock.objects.update(until=taken.started_at - timedelta(hours=1))
    follower = runs.take_over(taken.pk)
    assert follower
    flow.tick(now_of(carried(follower)))
    assert mail.recipients == ["office@example.edu"]
    assert Notice.objects.filter(state=Notice.NOT_NEEDED).count() == 2


def test_a_run_that_nobody_goes_on_with_is_told_as_interrupted(institution, mail: MailServer):
    an_assignment(institution, "run-failed", "it@example.edu")
    run = runs.begin(institution, runs.Start(kind=runs.OUTBOUND, started_by="Ana"), lease=LEASE)
    Lock.objects.update(until=run.started_at - timedelta(hours=1))
    runs.interrupt_lapsed()
    flow.tick(now_of(runs.find(run.pk)))
    assert "was interrupted" in mail.messages[0].get_content()


def test_a_run_whose_end_is_rolled_back_leaves_no_notice(institution):
    an_assignment(institution)
    run = runs.claim(order_import(institution, started_by="Ana").pk, worker="test", lease=LEASE)
    assert run
    with transaction.atomic():
        runs.end(run, "succeeded", seconds=0, traffic=Traffic())
        assert Notice.objects.exists()
        transaction.set_rollback(True)
    assert runs.find(run.pk).status == "running"
    assert not Notice.objects.exists()


def test_an_email_holds_nobodys_data_unless_the_assignment_says_so(institution, mail: MailServer):
    an_assignment(institution, "import", "few@example.edu", code="few")
    an_assignment(institution, "import", "all@example.edu", code="all", with_people=True)
    run = order_import(institution, started_by="Ana")
    PlanLine.objects.create(
        run=run,
        position=1,
        contact_id=7,
        planned="created",
        outcome="created",
        message="Created web prospect 1 (Zoë Lima).",
    )
    flow.tick(now_of(carried(run, counts={"read": 1, "created": 1})))
    told = {message["To"]: message.get_content() for message in mail.messages}
    assert "Zoë" not in told["few@example.edu"]
    assert "- contact 7: Created web prospect 1 (Zoë Lima)." in told["all@example.edu"]


def test_the_message_of_a_run_with_filters_is_left_out_since_it_may_name_somebody(institution, mail: MailServer):
    an_assignment(institution, "export", "office@example.edu")
    run = order_export(institution, Order(started_by="Ana"))
    Run.objects.filter(pk=run.pk).update(filters={"sonis_ids": ["AB0000001"]})
    flow.tick(now_of(carried(run, "failed", message="SONIS has nobody with the SONIS ID AB0000001.")))
    assert "AB0000001" not in mail.messages[0].get_content()


def test_two_members_with_one_address_get_one_email(institution, school: School, mail: MailServer):
    school.add("LE0000003", "Lea", "Lee", "LEO@example.edu", status="FA")
    an_assignment(institution, "import", MEMBER, "LE0000003", "leo@example.edu")
    flow.tick(now_of(an_import(institution)))
    assert mail.recipients == ["leo@example.edu"]


def test_an_address_that_changed_in_sonis_is_the_one_that_is_used(institution, school: School, mail: MailServer):
    an_assignment(institution, "import", MEMBER)
    school.change("address", MEMBER, e_mail="lee@example.edu")
    school.change("address", OWNER, e_mail="green@example.edu")
    flow.tick(now_of(an_import(institution)))
    assert mail.recipients == ["lee@example.edu"]
    assert mail.messages[0]["From"] == "Grace Green <green@example.edu>"


def test_where_sonis_does_not_answer_the_addresses_are_those_it_gave_last(institution, tmp_path, mail: MailServer):
    an_assignment(institution, "run-failed", MEMBER)
    (tmp_path / "sonis.sqlite3").rename(tmp_path / "away.sqlite3")
    flow.tick(now_of(an_import(institution, "failed", message="SONIS does not answer.")))
    assert mail.recipients == ["leo@example.edu"]


def test_a_member_whose_address_is_gone_from_sonis_is_shown_as_not_reached(
    institution, school: School, mail: MailServer
):
    an_assignment(institution, "import", MEMBER, "office@example.edu")
    school.change("address", MEMBER, e_mail=" ")
    flow.tick(now_of(an_import(institution)))
    assert mail.recipients == ["office@example.edu"]
    failed = Delivery.objects.get(state=Delivery.FAILED)
    assert failed.problem == f"SONIS has no e-mail address for SONIS ID {MEMBER}: give the person one there."


# The mail server


def test_a_mail_server_that_is_down_for_an_hour_loses_no_notice(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu", MEMBER)
    run = an_import(institution)
    began = now_of(run)
    mail.stop()
    for minute in range(60):
        if minute % 20 == 10:
            an_import(institution)
        flow.tick(began + minute * MINUTE)
    assert mail.messages == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    mail.start()
    for minute in range(60, 125):
        flow.tick(began + minute * MINUTE)
    assert sorted(mail.recipients) == ["leo@example.edu"] * 4 + ["office@example.edu"] * 4
    assert len({message["Message-ID"] for message in mail.messages}) == 8
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_restored_copy_leaves_waiting_notices_to_the_original(institution, mail: MailServer, tmp_path):
    an_assignment(institution, "import", "office@example.edu")
    began = now_of(an_import(institution))
    mail.stop()
    flow.tick(began)
    an_import(institution)
    archive.write(tmp_path / "backup")
    archive.read(tmp_path / "backup")
    mail.start()
    for minute in range(0, 180, 10):
        flow.tick(began + minute * MINUTE)
    assert mail.messages == []
    assert [delivery.state for delivery in Delivery.objects.all()] == ["failed"]
    assert "restored from a backup" in Delivery.objects.get().problem


def test_the_pauses_grow_while_the_mail_server_is_down(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    began = now_of(an_import(institution))
    mail.stop()
    tried = []
    for second in range(0, 900, 5):
        before = Delivery.objects.values_list("attempts", flat=True).first()
        flow.tick(began + timedelta(seconds=second))
        if Delivery.objects.get().attempts != before:
            tried.append(second)
    assert tried == [0, 30, 90, 210, 450]
    assert Delivery.objects.get().problem.startswith(f"The mail server 127.0.0.1:{mail.port} does not answer")


def test_after_three_days_a_notice_is_given_up_and_that_is_seen(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    began = now_of(an_import(institution))
    mail.stop()
    for hour in range(24 * 4):
        flow.tick(began + hour * 60 * MINUTE)
        assert hour > 72 or Delivery.objects.get().state == "waiting"
    delivery = Delivery.objects.get()
    assert delivery.state == "failed"
    assert delivery.problem.endswith("It was tried 80 times.")


def test_an_address_that_is_refused_stops_nobody_elses_notice(institution, mail: MailServer):
    an_assignment(institution, "import", "a@example.edu", WRONG, BUSY, "z@example.edu")
    began = now_of(an_import(institution))
    flow.tick(began)
    assert mail.recipients == ["a@example.edu", "z@example.edu"]
    states = dict(Delivery.objects.values_list("address", "state"))
    assert (states[WRONG], states[BUSY]) == ("failed", "waiting")
    assert "code 550" in Delivery.objects.get(address=WRONG).problem


def test_a_mail_server_that_refuses_the_sender_is_given_time_to_be_put_right(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    began = now_of(an_import(institution))
    mail.refuse_senders(True)
    flow.tick(began)
    assert "refuses the owner's address as sender (code 553)" in Delivery.objects.get().problem
    assert notices.waiting() == 1
    mail.refuse_senders(False)
    flow.tick(began + MINUTE)
    assert mail.recipients == ["office@example.edu"]
    assert notices.waiting() == 0


def test_a_worker_that_vanished_over_an_email_is_replaced(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu")
    began = now_of(an_import(institution))
    notice = notices.take_notice(began)
    assert notice, "and its worker vanishes"
    flow.tick(began + MINUTE)
    assert not Delivery.objects.exists()
    flow.tick(began + notices.HOLD)
    assert mail.recipients == ["office@example.edu"]


def test_without_a_mail_server_it_is_said_plainly_and_reminders_work(institution, settings):
    settings.EMAIL_HOST = ""
    leo = a_user("leo", "leo@example.edu", institution)
    an_assignment(institution, "import", MEMBER, method=Method.BOTH)
    flow.tick(now_of(an_import(institution)))
    email = Delivery.objects.get(method=Delivery.EMAIL)
    assert email.state == "failed"
    assert email.problem.startswith("No mail server is set: give its address in SONISBRIDGE_MAIL_URL.")
    assert notices.unread(leo) == 1


def test_a_mail_server_that_never_answers_is_not_waited_for_longer_than_its_time(institution, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 0.2
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        an_assignment(institution, "import", "office@example.edu")
        flow.tick(now_of(an_import(institution)))
    assert "does not answer" in Delivery.objects.get().problem


# Reminders


def test_a_reminder_reaches_the_users_with_a_members_address(institution, mail: MailServer):
    leo = a_user("leo", "Leo@Example.edu", institution)
    everywhere = a_user("office", "office@example.edu")
    elsewhere = User.objects.create_user("stranger", "leo@example.edu")
    an_assignment(institution, name="New prospects", method=Method.REMINDER, reminder_type=ReminderType.ALERT)
    flow.tick(now_of(an_import(institution)))
    assert mail.messages == []
    assert [notices.unread(user) for user in (leo, everywhere, elsewhere)] == [1, 1, 0]
    (reminder,) = notices.reminders_of(leo)
    notice = reminder.delivery.notice
    assert (notice.subject, notice.author, notice.assignment.reminder_type) == ("New prospects", "Grace Green", "alert")
    assert notice.text.startswith("The import of ActiveCampaign contacts has run.")


def test_a_reminder_that_was_read_is_not_counted_again(institution):
    leo, office = a_user("leo", "leo@example.edu"), a_user("office", "office@example.edu")
    an_assignment(institution, method=Method.REMINDER)
    for _ in range(3):
        flow.tick(now_of(an_import(institution)))
    now = now_of(an_import(institution))
    first = notices.reminders_of(leo)[0]
    assert notices.mark_read(office, first.pk, now=now) == 0, "it is not theirs"
    assert notices.mark_read(leo, first.pk, now=now) == 1
    assert (notices.unread(leo), notices.unread(office)) == (2, 3)
    assert notices.mark_read(leo, now=now) == 2
    assert notices.unread(leo) == 0


def test_a_member_who_is_no_user_gets_no_reminder_and_that_is_seen(institution):
    an_assignment(institution, "import", MEMBER, method=Method.REMINDER)
    flow.tick(now_of(an_import(institution)))
    assert not Reminder.objects.exists()
    assert "No user of the institution has this e-mail address" in Delivery.objects.get().problem


def test_the_method_none_keeps_the_notice_and_tells_nobody(institution, mail: MailServer):
    an_assignment(institution, method=Method.NONE)
    flow.tick(now_of(an_import(institution)))
    assert mail.messages == []
    assert not Delivery.objects.exists()
    assert Notice.objects.get().text


# Assignments


def test_a_test_goes_to_the_owner_alone(institution, mail: MailServer):
    row = an_assignment(institution)
    flow.send_test(row, now=row.institution.created_at)
    flow.tick(row.institution.created_at)
    assert mail.recipients == ["grace@example.edu"]
    assert mail.messages[0].get_content().replace("\r\n", "\n") == flow.preview(row).text


def test_an_owner_must_be_in_sonis_and_have_an_address(institution, school: School):
    with pytest.raises(WrongSettingsError, match="SONIS has nobody with the SONIS ID 'XX9'"):
        flow.checked_owner(institution, "XX9")
    school.change("address", OWNER, e_mail="not an address")
    with pytest.raises(WrongSettingsError, match="SONIS has no e-mail address for SONIS ID GR0000001"):
        flow.checked_owner(institution, f" {OWNER} ")


@pytest.mark.parametrize(
    ("member", "said"), [("XX9", "nobody with the SONIS ID 'XX9'"), ("office@", "'office@' is not an e-mail address")]
)
def test_a_member_is_a_person_of_sonis_or_an_address(institution, member, said):
    with pytest.raises(WrongSettingsError, match=said):
        flow.checked_members(institution, [MEMBER, member])


def test_whether_sonis_has_somebody_is_not_guessed_when_it_does_not_answer(institution, tmp_path):
    (tmp_path / "sonis.sqlite3").rename(tmp_path / "away.sqlite3")
    with pytest.raises(StopRunError):
        flow.checked_owner(institution, OWNER)


def test_a_code_is_given_once(institution):
    row = an_assignment(institution)
    with pytest.raises(WrongSettingsError, match="a notification with the code 'import-notice' already"):
        an_assignment(institution)
    assert assignments.find(institution, "import-notice") == row


@pytest.mark.parametrize(
    ("code", "name"), [("", "N"), ("x" * 21, "N"), ("a b", "N"), ("c", ""), ("c", "n" * 51), ("c", "a\nb")]
)
def test_a_code_and_a_name_keep_to_their_lengths(institution, code, name):
    with pytest.raises(WrongSettingsError):
        an_assignment(institution, code=code, name=name)


def test_a_group_that_is_told_cannot_be_removed(institution):
    row = an_assignment(institution)
    with pytest.raises(WrongSettingsError, match="is told by import-notice"):
        assignments.remove_group(row.group, by="test")
    assignments.remove(row, by="test")
    assignments.remove_group(row.group, by="test")
    assert not assignments.groups(institution).exists()


def test_old_notices_are_forgotten_but_none_that_is_on_its_way(institution, mail: MailServer):
    an_assignment(institution, "import", "office@example.edu", BUSY)
    an_assignment(institution, "import", "office@example.edu", code="sent")
    later = now_of(an_import(institution)) + timedelta(days=90)
    flow.tick(later)
    assert notices.forget(later, 100) == 1
    assert Notice.objects.get().assignment.code == "import-notice"


# Is all well?


def found_by_check(institution: Institution) -> list[tuple[str, str]]:
    """What a check says of schedules and notifications; the account of these tests is nowhere."""
    found = [(item.severity, item.text) for item in setup.check(institution)]
    return [item for item in found if "schedule" in item[1] or "mail" in item[1]]


def test_a_check_says_when_no_worker_is_up_to_start_what_is_due(institution):
    assert found_by_check(institution) == []
    a_schedule(institution, "daily", "2190-01-01 06:00")
    assert [severity for severity, _text in found_by_check(institution)] == ["warning", "ok"]
    workers.seen("here", "embedded")
    assert found_by_check(institution) == [("ok", "1 schedule is waiting for the time.")]


def test_a_check_says_whether_the_mail_server_answers(institution, mail: MailServer, settings):
    an_assignment(institution)
    assert found_by_check(institution) == [("ok", "The mail server answers.")]
    mail.stop()
    assert found_by_check(institution)[0][0] == "warning"
    settings.EMAIL_HOST = ""
    assert found_by_check(institution) == [("warning", "Notifications are to go out by e-mail.")]
