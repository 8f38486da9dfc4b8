"""Notes which run last found both sides of a link to agree, with hardly a write where nothing changed (rule 8.1)."""

from __future__ import annotations

from collections.abc import Iterable

from sonisbridge.core.person import SonisId
from sonisbridge.store import history
from sonisbridge.store.links import EVERY

from .matchmaking import Matchmaking
from .running import Running
from .sides import Sides


class Checks:
    """What one plan notes of the links.

    A plan of everybody says so once of all who agree, and from then on only of whom that is no longer true.
    """

    def __init__(self, sides: Sides, going: Running, matches: Matchmaking, *, whole: bool) -> None:
        self._links = sides.links
        self._linked = matches.links_exist
        self._run = EVERY if whole else going.run.pk
        before = history.last_of_everybody(sides.institution) if whole and self._linked else None
        self._before = before.pk if before else None
        self._whole = whole

    def note(self, agreeing: list[SonisId], others: Iterable[SonisId]) -> None:
        """Both sides of these agree; of the others they last did when it is noted, or in the plan of everybody before."""
        if not self._linked:
            return
        self._links.checked(agreeing, run=self._run)
        if self._whole:
            self._links.checked(list(others), run=self._before, instead_of=EVERY)
