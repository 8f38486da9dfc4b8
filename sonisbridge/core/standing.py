"""The one sentence that says whether all is well between SONIS and ActiveCampaign."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """How the sentence is meant."""

    WELL = "success"
    BUSY = "info"
    LOOK = "warning"
    WRONG = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the newest export or import stands."""

    status: str
    problems: int = 0
    """How many people or contacts failed or were not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What there is to know."""

    going: str = ""
    """What goes on now: "export", "import"..."""
    held: bool = False
    """A plan waits to be sent."""
    last_export: LastRun | None = None
    last_import: LastRun | None = None
    conflicts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The sentence, and how it is meant."""

    mood: Mood
    text: str


def standing(now: Situation) -> Standing:
    """What matters most, in one sentence."""
    article = "An" if now.going[:1] in "aeiou" else "A"
    if now.going:
        return Standing(mood=Mood.BUSY, text=f"{article} {now.going} is going on.")
    if now.held:
        return Standing(mood=Mood.LOOK, text="A plan is held: look at it, then send it or drop it.")
    for what, run in (("export", now.last_export), ("import", now.last_import)):
        if run and run.status in {"failed", "interrupted"}:
            return Standing(mood=Mood.WRONG, text=f"The last {what} {_ENDED[run.status]}.")
    troubled = sum(run.problems for run in (now.last_export, now.last_import) if run)
    if troubled:
        return Standing(mood=Mood.LOOK, text=f"{_many(troubled, 'record', 'records')} had problems in the last runs.")
    if now.last_export is None:
        return Standing(mood=Mood.LOOK, text="Nothing was exported yet: start with a preview.")
    if now.last_export.status == "cancelled":
        return Standing(mood=Mood.LOOK, text="The last export was cancelled; the next one sends what is left.")
    if now.conflicts:
        waiting = _many(now.conflicts, "conflict waits", "conflicts wait")
        return Standing(mood=Mood.LOOK, text=f"Everything else agrees; {waiting} for a decision.")
    return Standing(mood=Mood.WELL, text="Everything agrees.")


_ENDED = {"failed": "failed", "interrupted": "was interrupted; the next one goes on from what is true"}


def _many(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
