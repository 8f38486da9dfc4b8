"""Notices on their way: the outbox is addressed, worded and delivered, whichever worker looks (rule 10)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.utils import timezone

from sonisbridge.core.errors import RetryLaterError, SkipRecordError, SonisbridgeError, WrongSettingsError
from sonisbridge.core.notices import NoticeType, RunFacts
from sonisbridge.core.outcome import Kind
from sonisbridge.core.person import chosen_address
from sonisbridge.core.values import good_email
from sonisbridge.notify import email
from sonisbridge.notify.messages import MOST_PEOPLE, example, example_people, notice_text
from sonisbridge.store import assignments, institutions, notices, plans, runs
from sonisbridge.store.assignments import Member, Owner
from sonisbridge.store.models import Institution
from sonisbridge.store.notices import Recipient, Written
from sonisbridge.store.timed_models import Assignment, Delivery, GroupMember, Notice

from .sides import open_sonis

logger = logging.getLogger("sonisbridge.notice")

BUDGET_SECONDS = 5.0
"""After so long a tick leaves the rest to the next one, since schedules are looked at in between."""
MOST_EMAILS = 200
_TELLING = (Kind.CREATED, Kind.UPDATED, Kind.CONFLICT, Kind.FAILED, Kind.NOT_KEPT)
"""Outcomes that a notice with people names."""


def tick(now: datetime | None = None) -> None:
    """Address what waits, send what is due. Every worker calls it every second or so."""
    now = now or timezone.now()
    began = time.monotonic()
    while time.monotonic() - began < BUDGET_SECONDS and (notice := notices.take_notice(now)):
        address(notice, now=now)
    send_emails(now=now)


# Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What SONIS says of somebody: a name, and an address that mail can be sent to, "" when there is none."""

    name: str
    address: str


def look_up(institution: Institution, sonis_ids: Iterable[str]) -> dict[str, Found]:
    """The people of SONIS with those IDs who exist. Raises StopRunError when SONIS does not answer."""
    sonis = open_sonis(institutions.connections(institution))
    found = {}
    try:
        for person in sonis.people_by_id(sonis_ids):
            row = chosen_address(person.addresses)
            usable = [good for text in (row.email, row.email2) if (good := good_email(text))] if row else []
            name = f"{person.first_name} {person.last_name}".strip()
            found[str(person.sonis_id)] = Found(name=name, address=usable[0] if usable else "")
    finally:
        sonis.close()
    return found


def checked_owner(institution: Institution, sonis_id: str) -> Owner:
    """The owner, as SONIS has them. Raises WrongSettingsError when that is nobody or has no address."""
    wanted = sonis_id.strip()
    found = look_up(institution, [wanted]).get(wanted)
    if found is None:
        raise WrongSettingsError(
            f"SONIS has nobody with the SONIS ID {wanted!r}: give that of the notification's owner."
        )
    if not found.address:
        raise WrongSettingsError(
            f"SONIS has no e-mail address for SONIS ID {wanted}: give the person one there, since notices are sent from it."
        )
    return Owner(sonis_id=wanted, address=found.address, name=found.name[:100])


def checked_members(institution: Institution, given: Iterable[str]) -> list[Member]:
    """Members from SONIS IDs and plain addresses. Raises WrongSettingsError that names the first that cannot be one."""
    texts = [text.strip() for text in given]
    plain = [text for text in texts if "@" in text]
    good = {text: good_email(text) for text in plain}
    wrong = [text for text in plain if not good[text]]
    if wrong:
        raise WrongSettingsError(f"{wrong[0]!r} is not an e-mail address: give one such as admissions@example.edu.")
    ids = [text for text in texts if "@" not in text]
    found = look_up(institution, ids) if ids else {}
    for sonis_id in ids:
        if sonis_id not in found:
            raise WrongSettingsError(
                f"SONIS has nobody with the SONIS ID {sonis_id!r}: give one, or an e-mail address."
            )
        if not found[sonis_id].address:
            raise WrongSettingsError(f"SONIS has no e-mail address for SONIS ID {sonis_id}: give the person one there.")
    people = [Member(sonis_id=sonis_id, address=found[sonis_id].address) for sonis_id in ids]
    return people + [Member(address=address) for text in plain if (address := good[text])]


# What


def address(notice: Notice, *, now: datetime) -> None:
    """Put a notice that waits on its way to everybody who is to have it."""
    assignment = notice.assignment
    if _goes_on(notice):
        notices.drop(notice)
        return
    people = list(assignments.members(assignment.group))
    _refresh(assignment, people)
    facts = RunFacts.of(notice.facts)
    written = Written(
        subject=assignment.name,
        text=notice_text(NoticeType(assignment.type), assignment.message, facts, _people_lines(notice)),
        sender=assignment.owner_address,
        author=assignment.owner_name,
    )
    if notice.only_owner:
        recipients = [Recipient(address=assignment.owner_address, sonis_id=assignment.owner_sonis_id)]
    else:
        recipients = _each_once(people)
    notices.put_on_its_way(notice, written, recipients, now=now)


def _goes_on(notice: Notice) -> bool:
    """Whether the run was interrupted and another goes on from it: that one's end is told. New conflicts are told anyway."""
    of_run = notice.run if notice.assignment.type != NoticeType.CONFLICTS else None
    return of_run is not None and notice.facts.get("status") == "interrupted" and runs.follower(of_run) is not None


def _refresh(assignment: Assignment, people: list[GroupMember]) -> None:
    """Take over what SONIS says of owner and members now; where it does not answer, what it said last is good enough."""
    ids = [assignment.owner_sonis_id, *(member.sonis_id for member in people if member.sonis_id)]
    try:
        found = look_up(assignment.institution, ids)
    except SonisbridgeError:
        logger.warning("notification %s: SONIS does not answer, addresses are those it gave last", assignment.pk)
        return
    owner = found.get(assignment.owner_sonis_id)
    if owner is not None and owner.address and (owner.address, owner.name[:100]) != (
        assignment.owner_address, assignment.owner_name,
    ):  # fmt: skip
        assignment.owner_address, assignment.owner_name = owner.address, owner.name[:100]
        assignment.save(update_fields=["owner_address", "owner_name"])
    for member in people:
        now_there = found[member.sonis_id].address if member.sonis_id in found else ""
        if member.sonis_id and member.address != now_there:
            member.address = now_there
            member.save(update_fields=["address"])


def _each_once(people: Iterable[GroupMember]) -> list[Recipient]:
    """One recipient an address; people without one stay, so that it is seen."""
    found: dict[str, Recipient] = {}
    for member in people:
        key = member.address.casefold() or f"SONIS ID {member.sonis_id}"
        found.setdefault(key, Recipient(address=member.address, sonis_id=member.sonis_id))
    return list(found.values())


def _people_lines(notice: Notice) -> list[str]:
    """What became of whom, where the assignment says so."""
    if not notice.assignment.with_people:
        return []
    if notice.only_owner:
        return example_people(NoticeType(notice.assignment.type))
    if notice.run is None:
        return []
    kinds = (Kind.CONFLICT,) if notice.assignment.type == NoticeType.CONFLICTS else _TELLING
    lines = plans.outcomes(notice.run, kinds=tuple(map(str, kinds)))
    return [
        f"{line.sonis_id or f'contact {line.contact_id}'}: {line.message}" for line in islice(lines, MOST_PEOPLE + 1)
    ]


def preview(assignment: Assignment) -> Written:
    """The whole notice as it would look for a run that never was."""
    notice_type = NoticeType(assignment.type)
    people = example_people(notice_type) if assignment.with_people else ()
    text = notice_text(notice_type, assignment.message, example(notice_type, assignment.institution.name), people)
    return Written(subject=assignment.name, text=text, sender=assignment.owner_address, author=assignment.owner_name)


def send_test(assignment: Assignment, *, now: datetime) -> Notice:
    """Put a notice about a run that never was on its way to the owner alone, by the assignment's method."""
    return notices.note_test(assignment, example(NoticeType(assignment.type), assignment.institution.name), now=now)


# How


def send_emails(*, now: datetime) -> None:
    """Send the e-mails that are due. A mail server that is away puts them off, and loses none."""
    due = notices.emails_due(now, MOST_EMAILS)
    if not due:
        return
    if not email.configured():
        for delivery in due:
            notices.refused(delivery, email.NO_SERVER, now=now)
        return
    try:
        with email.mail_server() as server:
            _send_each(server, due, now)
    except RetryLaterError as error:
        logger.warning("e-mails wait: %s", error)
        for delivery in due:
            if notices.take_email(delivery, now):
                notices.put_off(delivery, str(error), now=now)


def _send_each(server: email.MailServer, due: Iterable[Delivery], now: datetime) -> None:
    began = time.monotonic()
    for delivery in due:
        if time.monotonic() - began > BUDGET_SECONDS:
            return
        if not notices.take_email(delivery, now):
            continue
        try:
            server.send(_letter(delivery))
        except SkipRecordError as error:
            notices.refused(delivery, str(error), now=now)
        except RetryLaterError as error:
            notices.put_off(delivery, str(error), now=now)
            if error.sent:  # the connection is gone
                return
        else:
            notices.sent(delivery, now=now)


def _letter(delivery: Delivery) -> email.Letter:
    notice = delivery.notice
    return email.Letter(
        sender=notice.sender,
        author=notice.author,
        to=delivery.address,
        subject=notice.subject,
        text=notice.text,
        key=f"notice-{notice.pk}-{delivery.pk}",
    )
