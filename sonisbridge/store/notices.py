"""The outbox of notices: what a run's end calls for is written with it, and carried out afterwards (rule 10).

Whoever takes a row up moves its `try_at` on first, by a conditional update that one caller wins; when that caller
vanishes, the row is due again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from sonisbridge.core.notices import Method, NoticeType, ReminderType, RunFacts, called_for, pause_before
from sonisbridge.core.schedule import spoken_time

from .models import Institution, OpenConflict, Run
from .schedules import zone_of
from .timed_models import Assignment, Delivery, Notice, Reminder
from .users import institutions_of

HOLD = timedelta(minutes=5)
"""For so long a row belongs to whoever took it up."""


def note_end(run: Run) -> None:
    """Write down which notices the run's end calls for, in the transaction that ends it."""
    found = list(Assignment.objects.filter(institution=run.institution_id))
    if not found:
        return
    facts = facts_of(run)
    wanted = called_for(facts)
    now = run.ended_at or timezone.now()
    Notice.objects.bulk_create(
        Notice(assignment=assignment, run=run, facts=facts.document(), at=now, try_at=now)
        for assignment in found
        if NoticeType(assignment.type) in wanted
    )


def facts_of(run: Run) -> RunFacts:
    """The run as a notice tells it. The message of a run with filters may repeat whom they name, and is left out."""
    fresh = OpenConflict.objects.filter(institution=run.institution_id, kind=run.kind, first_run=run.pk)
    ended = run.ended_at.astimezone(zone_of(run.institution)) if run.ended_at else None
    return RunFacts(
        run=run.pk,
        institution=run.institution.name,
        kind=run.kind,
        status=run.status,
        started_by=run.started_by,
        preview=run.preview,
        reconcile=run.reconcile,
        ended_at=spoken_time(ended) if ended else "",
        counts=dict(run.counts),
        drift=run.drift,
        message="" if run.filters else run.message,
        named=bool(run.filters.get("contacts")),
        new_conflicts={item["reason"]: item["many"] for item in fresh.values("reason").annotate(many=Count("pk"))},
        waiting_conflicts=OpenConflict.objects.filter(institution=run.institution_id).count(),
    )


def note_test(assignment: Assignment, facts: RunFacts, *, now: datetime) -> Notice:
    """A notice to the assignment's owner alone, about a run that never was."""
    return Notice.objects.create(assignment=assignment, facts=facts.document(), only_owner=True, at=now, try_at=now)


# From a notice to its deliveries


def take_notice(now: datetime) -> Notice | None:
    """A notice that is due and now the caller's, or None."""
    waiting = Notice.objects.filter(state=Notice.WAITING, try_at__lte=now).order_by("try_at", "pk")
    for notice in waiting.select_related("assignment__institution", "assignment__group", "run")[:20]:
        mine = Notice.objects.filter(pk=notice.pk, state=Notice.WAITING, try_at=notice.try_at)
        if mine.update(try_at=now + HOLD):
            notice.try_at = now + HOLD
            return notice
    return None


def drop(notice: Notice) -> None:
    """The notice is not needed after all."""
    Notice.objects.filter(pk=notice.pk, state=Notice.WAITING).update(state=Notice.NOT_NEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a notice. Without an address nothing can be delivered, and the delivery says so."""

    address: str
    sonis_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A notice in its final words."""

    subject: str
    text: str
    sender: str
    author: str


def put_on_its_way(notice: Notice, written: Written, recipients: Iterable[Recipient], *, now: datetime) -> None:
    """Store the words, a delivery for each recipient and way, and the reminders, which are delivered by that."""
    method = Method(notice.assignment.method)
    with transaction.atomic():
        mine = Notice.objects.filter(pk=notice.pk, state=Notice.WAITING, try_at=notice.try_at)
        if not mine.update(
            state=Notice.ADDRESSED,
            subject=written.subject,
            text=written.text,
            sender=written.sender,
            author=written.author,
        ):
            return
        for recipient in recipients:
            if method.by_email:
                _email(notice, recipient, now)
            if method.by_reminder:
                _reminder(notice, recipient, now)


def _email(notice: Notice, recipient: Recipient, now: datetime) -> None:
    delivery = _delivery(notice, recipient, Delivery.EMAIL, now)
    if not recipient.address:
        delivery.state, delivery.ended_at = Delivery.FAILED, now
        delivery.problem = f"SONIS has no e-mail address for SONIS ID {recipient.sonis_id}: give the person one there."
    delivery.save()


def _reminder(notice: Notice, recipient: Recipient, now: datetime) -> None:
    delivery = _delivery(notice, recipient, Delivery.REMINDER, now)
    users = list(_users(notice.assignment.institution, recipient.address))
    delivery.ended_at, delivery.state = now, Delivery.SENT if users else Delivery.FAILED
    if not users:
        delivery.problem = "No user of the institution has this e-mail address: add one on the page Users."
    delivery.save()
    Reminder.objects.bulk_create(Reminder(user=user, delivery=delivery, at=now) for user in users)


def _delivery(notice: Notice, recipient: Recipient, method: str, now: datetime) -> Delivery:
    return Delivery(notice=notice, method=method, address=recipient.address, sonis_id=recipient.sonis_id, try_at=now)


def _users(institution: Institution, address: str) -> Iterable[User]:
    """The users with that address who may see the institution at all."""
    if not address:
        return []
    return User.objects.filter(_granted(institution), email__iexact=address, is_active=True).distinct().order_by("pk")


def _granted(institution: Institution) -> Q:
    return Q(grants__institution=None, grants__isnull=False) | Q(grants__institution=institution)


# E-mail


def emails_due(now: datetime, most: int) -> list[Delivery]:
    """The e-mails that are due, oldest first."""
    found = Delivery.objects.filter(method=Delivery.EMAIL, state=Delivery.WAITING, try_at__lte=now)
    return list(found.select_related("notice").order_by("try_at", "pk")[:most])


def waiting() -> int:
    """How many e-mails wait, whether they are due or put off."""
    return Delivery.objects.filter(method=Delivery.EMAIL, state=Delivery.WAITING).count()


def take_email(delivery: Delivery, now: datetime) -> bool:
    """Whether the e-mail is the caller's to send."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.WAITING, try_at=delivery.try_at)
    if not mine.update(try_at=now + HOLD, attempts=delivery.attempts + 1):
        return False
    delivery.try_at, delivery.attempts = now + HOLD, delivery.attempts + 1
    return True


def sent(delivery: Delivery, *, now: datetime) -> None:
    """The mail server took it."""
    _end(delivery, Delivery.SENT, "", now)


def refused(delivery: Delivery, problem: str, *, now: datetime) -> None:
    """It can never be delivered."""
    _end(delivery, Delivery.FAILED, problem, now)


def put_off(delivery: Delivery, problem: str, *, now: datetime) -> None:
    """Try again later, with growing pauses; after some days no more."""
    pause = pause_before(delivery.attempts + 1)
    if pause is None:
        refused(delivery, f"{problem} It was tried {delivery.attempts} times.", now=now)
        return
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.WAITING, try_at=delivery.try_at)
    mine.update(try_at=now + timedelta(seconds=pause), problem=problem)


def leave_to_the_original(now: datetime) -> None:
    """Send nothing of what waits: this copy was restored, and the bridge that it was taken from sends it too."""
    Notice.objects.filter(state=Notice.WAITING).update(state=Notice.NOT_NEEDED)
    problem = (
        "Not sent: this copy of the bridge was restored from a backup, and the one that it was taken from sends it."
    )
    waiting = Delivery.objects.filter(state=Delivery.WAITING)
    waiting.update(state=Delivery.FAILED, problem=problem, ended_at=now)


def _end(delivery: Delivery, state: str, problem: str, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, problem=problem, ended_at=now)


# Looking and forgetting


def latest(institution: Institution, most: int) -> list[Delivery]:
    """The newest deliveries first."""
    return list(deliveries(institution).order_by("-pk")[:most])


def deliveries(institution: Institution) -> QuerySet[Delivery]:
    """Everything that was to be delivered for the institution and is not forgotten yet."""
    found = Delivery.objects.filter(notice__assignment__institution=institution)
    return found.select_related("notice__assignment", "notice__run")


def unaddressed(assignment: Assignment) -> int:
    """How many notices of the assignment a worker has yet to address."""
    return assignment.notices.filter(state=Notice.WAITING).count()


def reminded(institution: Institution, addresses: Iterable[str]) -> dict[str, str]:
    """Which of those addresses, in small letters, are those of users who get reminders, and the users' names."""
    wanted = {address.casefold() for address in addresses if address}
    found = User.objects.filter(_granted(institution), is_active=True).annotate(small=Lower("email"))
    return dict(found.filter(small__in=wanted).order_by("-pk").values_list("small", "username"))


def forget(before: datetime, most: int) -> int:
    """Remove at most so many notices of before that moment with their deliveries and reminders; none that is on its way."""
    on_its_way = Q(state=Notice.WAITING) | Q(deliveries__state=Delivery.WAITING)
    old = Notice.objects.filter(at__lt=before).exclude(pk__in=Notice.objects.filter(on_its_way).values("pk"))
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:most])
    Notice.objects.filter(pk__in=keys).delete()
    return len(keys)


# Reminders


def unread(user: User) -> int:
    """How many reminders the user has not read."""
    return _reminders(user).filter(read_at=None).count()


def alerts(user: User, most: int) -> list[Reminder]:
    """The user's newest alerts that they have not read: they stand on top of every page."""
    found = _reminders(user).filter(read_at=None, delivery__notice__assignment__reminder_type=str(ReminderType.ALERT))
    return list(found.order_by("-at", "-pk")[:most])


def reminders_of(user: User, most: int = 100) -> list[Reminder]:
    """The user's reminders, the newest first."""
    return list(_reminders(user).order_by("-at", "-pk")[:most])


def _reminders(user: User) -> QuerySet[Reminder]:
    """The user's reminders, of institutions that are granted to them still."""
    granted = institutions_of(user).values("pk")
    found = Reminder.objects.filter(user=user, delivery__notice__assignment__institution__in=granted)
    return found.select_related("delivery__notice__assignment__institution")


def mark_read(user: User, reminder_id: int | None = None, *, now: datetime) -> int:
    """Note that the user has read that reminder, or all of theirs. How many were unread."""
    found = Reminder.objects.filter(user=user, read_at=None)
    return (found if reminder_id is None else found.filter(pk=reminder_id)).update(read_at=now)
