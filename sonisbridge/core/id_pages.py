"""Which pages of contacts to ask for, several at a time, although each begins where the one before it ended (rule 4.1)."""

from __future__ import annotations


class IdPages:
    """A walk over contacts in the order of their ids. A page is asked for by the id before its first contact.

    How far a page reaches is guessed from the newest one, so that the next can be asked for before it came. Where a guess
    went too far the gap is asked for too; where it did not go far enough two pages overlap. Nothing is left out.

    `highest` is the highest id known: pages behind it are not guessed at until one of them came, since there may be none.
    """

    def __init__(self, after: int = 0, *, highest: int = 0) -> None:
        self.read_to = after
        """Every contact up to this id was read."""
        self.at_end = False
        """Whether there was no contact behind those that were read."""
        self._asked: set[int] = set()
        self._ahead: dict[int, int] = {}  # what was read beyond a gap: the id before it to its last
        self._span = 0
        self._end: int | None = None
        self._highest = highest

    def next(self, *, at_once: int) -> int | None:
        """The id before the next page to ask for; None while so many pages are under way, or nothing is left to ask."""
        if self.at_end or len(self._asked) >= at_once:
            return None
        under_way = any(start <= self.read_to for start in self._asked)
        start = self._guess() if under_way else self.read_to
        if start is not None:
            self._asked.add(start)
        return start

    def _guess(self) -> int | None:
        if not self._span:
            return None
        start = max(max(self._asked) + self._span, *self._ahead.values(), 0)
        if self.read_to <= self._highest <= start or (self._end is not None and start >= self._end):
            return None
        return start

    def took(self, start: int, last: int | None, *, full: bool) -> None:
        """A page came: it ended with that id, and a full one may have more behind it."""
        self._asked.discard(start)
        if last is not None:
            self._ahead[start] = max(last, self._ahead.get(start, last))
        if full and last is not None:
            self._span = last - start
        else:
            end = last if last is not None else start
            self._end = end if self._end is None else min(self._end, end)
        while reached := [began for began in self._ahead if began <= self.read_to]:
            self.read_to = max(self.read_to, *(self._ahead.pop(began) for began in reached))
        self.at_end = self._end is not None and self.read_to >= self._end

    def go_on(self) -> None:
        """Look again behind the last contact: more may have come."""
        self.at_end, self._end = False, None
