"""What a run's end calls for: which notices, and the words of their assignments (rule 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from .outcome import Kind


class NoticeType(StrEnum):
    """What a group is told of."""

    IMPORT = "import"
    EXPORT = "export"
    RUN_FAILED = "run-failed"
    CONFLICTS = "conflicts"


class Method(StrEnum):
    """How a group is told."""

    EMAIL = "email"
    REMINDER = "reminder"
    BOTH = "both"
    NONE = "none"

    @property
    def by_email(self) -> bool:
        """Whether e-mail is sent."""
        return self in {Method.EMAIL, Method.BOTH}

    @property
    def by_reminder(self) -> bool:
        """Whether a reminder is shown."""
        return self in {Method.REMINDER, Method.BOTH}


class ReminderType(StrEnum):
    """How a reminder is shown: in the list and its counter, or also on top of every page until it is read."""

    NOTE = "note"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeWords:
    """What a type is called, what its form explains, and the message that it offers."""

    title: str
    notes: str
    message: str


TYPES: Mapping[NoticeType, TypeWords] = {
    NoticeType.IMPORT: TypeWords(
        title="Active Campaign Import",
        notes=(
            "Sent after every import, whether a schedule, a user or a command started it, also when nothing was imported. "
            "The group should hold those who look after new web prospects."
        ),
        message="The import of ActiveCampaign contacts has run.",
    ),
    NoticeType.EXPORT: TypeWords(
        title="Active Campaign Export",
        notes=(
            "Sent after every export, also when nothing had to be sent, and when an export is held until a user looks at "
            "it. The group should hold those who may apply a held export."
        ),
        message="The export of name records to ActiveCampaign has run.",
    ),
    NoticeType.RUN_FAILED: TypeWords(
        title="Run failed",
        notes=(
            "Sent when an import or an export failed, or was interrupted and did not go on by itself. The group should hold "
            "those who look after the connections."
        ),
        message="A run between SONIS and ActiveCampaign failed.",
    ),
    NoticeType.CONFLICTS: TypeWords(
        title="Conflicts waiting",
        notes=(
            "Sent when a run found conflicts that were not waiting before. The group should hold those who decide which "
            "contact belongs to whom."
        ),
        message="There are people whose contact in ActiveCampaign is in doubt.",
    ),
}

NAME_LENGTH, CODE_LENGTH = 50, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run as it ended, without anybody's data."""

    run: int
    institution: str
    kind: str
    status: str
    started_by: str = ""
    preview: bool = False
    reconcile: bool = False
    ended_at: str = ""
    """As the institution's clocks showed it."""
    counts: Mapping[str, int] = field(default_factory=dict)
    drift: int = 0
    message: str = ""
    named: bool = False
    """It looked only at contacts that a webhook named."""
    new_conflicts: Mapping[str, int] = field(default_factory=dict)
    """How many this run was the first to find, by reason."""
    waiting_conflicts: int = 0

    def document(self) -> dict[str, Any]:
        """The facts as they are stored."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> RunFacts:
        """The facts as they were stored."""
        return cls(**document)


def called_for(facts: RunFacts) -> frozenset[NoticeType]:
    """The types of notice that the run's end calls for.

    A preview and a reconciliation send and import nothing; all that they can call for is a decision about conflicts. Of
    imports for a webhook, of which there may be many a day, those are told that made something.
    """
    found = {NoticeType.CONFLICTS} if facts.new_conflicts else set()
    if not (facts.preview or facts.reconcile):
        if not facts.named or facts.counts.get(Kind.CREATED):
            found.add(NoticeType.IMPORT if facts.kind == "inbound" else NoticeType.EXPORT)
        if facts.status in {"failed", "interrupted"}:
            found.add(NoticeType.RUN_FAILED)
    return frozenset(found)


def pause_before(attempt: int) -> int | None:
    """How many seconds to wait before that attempt (the second is 2); None: it was tried long enough, for three days."""
    if attempt > _ATTEMPTS:
        return None
    return int(min(30 * 2 ** (attempt - 2), 3600))


_ATTEMPTS = 80


def code_problem(code: str) -> str:
    """Why it cannot be the code of an assignment, "" when it can."""
    good = 0 < len(code) <= CODE_LENGTH and all(sign.isalnum() or sign in "-_" for sign in code)
    return "" if good else f"A code has 1 to {CODE_LENGTH} letters, digits, hyphens or underscores: {code!r} is none."


def name_problem(name: str) -> str:
    """Why it cannot be the name of an assignment, which is the subject of its notices, "" when it can."""
    good = bool(name.strip()) and len(name) <= NAME_LENGTH and name.isprintable()
    return (
        ""
        if good
        else f"A name has 1 to {NAME_LENGTH} characters on one line, since it is the subject: {name!r} has not."
    )
