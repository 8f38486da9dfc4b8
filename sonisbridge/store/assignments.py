"""Notification assignments and the groups that they tell (rule 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.notices import Method, NoticeType, ReminderType, code_problem, name_problem

from .audit import record
from .models import Institution
from .timed_models import Assignment, GroupMember, NoticeGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of a group: a person of SONIS with the address that SONIS has, or a plain address."""

    sonis_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """In whose name a notice goes out: a person of SONIS."""

    sonis_id: str
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An assignment as a user asks for it."""

    type: NoticeType
    name: str
    code: str
    group: NoticeGroup
    owner: Owner
    message: str
    method: Method = Method.EMAIL
    reminder_type: ReminderType = ReminderType.NOTE
    with_people: bool = False


def add(institution: Institution, wanted: Wanted, *, by: str) -> Assignment:
    """Keep a new assignment. Raises WrongSettingsError for a name or code that cannot be."""
    row = Assignment(institution=institution, created_by=by)
    _put(row, wanted, by=by, action="notification added")
    return row


def change(row: Assignment, wanted: Wanted, *, by: str) -> None:
    """Put another in its place. Raises as `add` does."""
    _put(row, wanted, by=by, action="notification changed")


def _put(row: Assignment, wanted: Wanted, *, by: str, action: str) -> None:
    found = [text for text in (name_problem(wanted.name), code_problem(wanted.code)) if text]
    if found:
        raise WrongSettingsError(" ".join(found))
    before = _document(row) if row.pk else None
    row.type, row.name, row.code, row.group = str(wanted.type), wanted.name.strip(), wanted.code, wanted.group
    row.owner_sonis_id, row.owner_address = wanted.owner.sonis_id, wanted.owner.address
    row.owner_name, row.message = wanted.owner.name, wanted.message
    row.method, row.reminder_type = str(wanted.method), str(wanted.reminder_type)
    row.with_people = wanted.with_people
    try:
        with transaction.atomic():
            row.save()
            record(row.institution, by, action, before=before, after=_document(row))
    except IntegrityError as error:
        raise WrongSettingsError(
            f"There is a notification with the code {wanted.code!r} already: choose another."
        ) from error


def remove(row: Assignment, *, by: str) -> None:
    """Forget the assignment, its notices and its reminders."""
    with transaction.atomic():
        record(row.institution, by, "notification removed", before=_document(row))
        row.delete()


def _document(row: Assignment) -> dict[str, object]:
    names = ("type", "name", "code", "owner_sonis_id", "message", "method", "reminder_type", "with_people")
    return {name: getattr(row, name) for name in names} | {"group": row.group.name}


def all_of(institution: Institution) -> QuerySet[Assignment]:
    """The institution's assignments."""
    return (
        Assignment.objects.filter(institution=institution).select_related("group", "institution").order_by("type", "pk")
    )


def find(institution: Institution, code: str) -> Assignment:
    """The assignment with that code. Raises WrongSettingsError when there is none."""
    row = all_of(institution).filter(code=code).first()
    if row is None:
        raise WrongSettingsError(
            f"There is no notification with the code {code!r}: `sonisbridge notifications list` shows all."
        )
    return row


# Groups


def groups(institution: Institution) -> QuerySet[NoticeGroup]:
    """The institution's groups, by name."""
    return NoticeGroup.objects.filter(institution=institution).prefetch_related("members").order_by("name")


def find_group(institution: Institution, name: str) -> NoticeGroup:
    """The group of that name. Raises WrongSettingsError when there is none."""
    row = groups(institution).filter(name=name).first()
    if row is None:
        raise WrongSettingsError(
            f"There is no group {name!r}: make it with `sonisbridge notifications group {name!r} --add ID`."
        )
    return row


def members(group: NoticeGroup) -> list[GroupMember]:
    """Who is told, people of SONIS first."""
    return sorted(group.members.all(), key=lambda item: (not item.sonis_id, item.sonis_id, item.address))


def put_group(
    institution: Institution, name: str, *, add: Iterable[Member] = (), remove: Iterable[Member] = (), by: str
) -> NoticeGroup:
    """The group of that name, made if it is new, with these members added and those taken out.

    Raises WrongSettingsError for a name that cannot be, or for somebody who is not in it to be taken out.
    """
    if name_problem(name):
        raise WrongSettingsError("A group needs a name of 1 to 50 characters on one line, such as Admissions.")
    with transaction.atomic():
        group, made = NoticeGroup.objects.get_or_create(institution=institution, name=name.strip())
        before = None if made else _who(group)
        for member in remove:
            many, _by_table = _row_of(group, member).delete()
            if not many:
                raise WrongSettingsError(
                    f"{member.sonis_id or member.address!r} is not in the group {name!r}: "
                    "`sonisbridge notifications groups` shows who is."
                )
        for member in add:
            _row_of(group, member).delete()
            GroupMember.objects.create(group=group, sonis_id=member.sonis_id, address=member.address)
        record(institution, by, "group added" if made else "group changed", before=before, after=_who(group))
    return group


def _row_of(group: NoticeGroup, member: Member) -> QuerySet[GroupMember]:
    rows = GroupMember.objects.filter(group=group, sonis_id=member.sonis_id)
    return rows if member.sonis_id else rows.filter(address__iexact=member.address)


def remove_group(group: NoticeGroup, *, by: str) -> None:
    """Forget a group. Raises WrongSettingsError when a notification still tells it."""
    try:
        with transaction.atomic():
            record(group.institution, by, "group removed", before=_who(group))
            group.delete()
    except ProtectedError as error:
        used = ", ".join(group.assignments.order_by("code").values_list("code", flat=True))
        raise WrongSettingsError(
            f"The group {group.name!r} is told by {used}: give those another group first, or remove them."
        ) from error


def _who(group: NoticeGroup) -> dict[str, object]:
    """The group for the audit log: SONIS IDs, and of plain addresses how many, since they are personal data."""
    found = list(GroupMember.objects.filter(group=group).order_by("sonis_id"))
    ids = [item.sonis_id for item in found if item.sonis_id]
    return {"group": group.name, "sonis_ids": ids, "addresses": len(found) - len(ids)}
