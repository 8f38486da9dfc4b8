"""Watching SONIS: who changed since the last look is exported, by one ordinary export (rule 9.2).

SONIS tells nobody of a change, so everybody is read and compared by a hash. What an export is under way for counts as
known only once that export has ended well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone

from sonisbridge.core.errors import SonisbridgeError, StopRunError
from sonisbridge.core.filters import Filters
from sonisbridge.core.person import PersonRecord, chosen_status
from sonisbridge.core.seen import mark_of
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import history, institutions, runs, watching
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.near_models import Watch
from sonisbridge.store.watching import Marks

from .orders import WATCH, order_export
from .outbound import Order
from .running import never
from .sides import open_sonis
from .timed import alone

MOST_NAMED = 1000
"""Who changed is named in the export up to here; beyond, it is an export of everybody."""
LOST_AFTER = timedelta(minutes=5)
"""A look that nobody renews for so long is lost."""
_RENEWED_EVERY = 20.0
_AT_ONCE = 500

logger = logging.getLogger("sonisbridge.watch")


@dataclass(slots=True)
class Looked:
    """What a look found."""

    first: bool = False
    """Only hashes were taken down: there were none to compare with."""
    people: int = 0
    changed: int = 0
    named: list[str] = field(default_factory=list)
    """SONIS IDs of those who changed, as far as an export names them."""
    run: Run | None = None
    """The export that was ordered; None when nobody changed, or another run goes on and they wait for the next look."""


class _StoppedError(Exception):
    """The program is to end."""


def due(now: datetime | None = None) -> list[Institution]:
    """The institutions at whose SONIS somebody should look now."""
    return watching.due(now or timezone.now())


def look(institution: Institution, *, stopping: Callable[[], bool] = never) -> Looked | None:
    """Compare everybody in SONIS with how they were, and order an export of who changed. None: it was told to stop.

    Raises StopRunError when another look goes on, and what SONIS raises; that is noted, and the next look is further off.
    """
    institutions.refuse_unconnected(institution)
    row, now = watching.of(institution), timezone.now()
    before = row.looked_at
    watching.begin(row, now=now, until=now + LOST_AFTER)
    try:
        return _look(institution, row, stopping)
    except _StoppedError:
        watching.give_back(row, before=before)
        return None
    except SonisbridgeError as error:
        watching.fail(row, str(error))
        raise
    except Exception as error:
        watching.fail(row, f"An error in sonisbridge itself ({type(error).__name__}).")
        raise


def _look(institution: Institution, row: Watch, stopping: Callable[[], bool]) -> Looked:
    known = institutions.connections_of(institution, {}, secrets=("sonis_url",))
    with closing(open_sonis(known)) as sonis:
        marks = Marks(institution)
        found = Looked(first=row.source != sonis.fingerprint)
        if found.first:
            marks.forget_all()
        else:
            marks.drop_pending()
        for part in _parts(sonis, row, stopping):
            _compare(marks, part, found)
        source = sonis.fingerprint
    marks.forget_gone()
    if found.changed:
        _order(institution, row, found)
    if found.run is None:
        watching.end(row, source=source)
    return found


def _parts(sonis: Sonis, row: Watch, stopping: Callable[[], bool]) -> Iterator[tuple[PersonRecord, ...]]:
    """Everybody in SONIS, some at a time; between them the look is renewed, or given up."""
    renewed = time.monotonic()
    people = sonis.people()
    while part := tuple(islice(people, _AT_ONCE)):
        if stopping():
            raise _StoppedError
        if time.monotonic() - renewed > _RENEWED_EVERY:
            renewed = time.monotonic()
            watching.renew(row, until=timezone.now() + LOST_AFTER)
        yield part


def _compare(marks: Marks, people: tuple[PersonRecord, ...], found: Looked) -> None:
    """Take down the hashes of these people. Of those who changed only who may be exported is worth an export."""
    now = {str(person.sonis_id): mark_of(person) for person in people}
    found.people += len(now)
    changed = marks.changed(now)
    if found.first:
        marks.keep(now)
        return
    exported = {str(person.sonis_id) for person in people if chosen_status(person.statuses)}
    exported |= marks.linked(one for one in changed if one not in exported)
    wanted = [one for one in changed if one in exported]
    marks.keep({one: now[one] for one in changed if one not in exported})
    marks.await_export({one: now[one] for one in wanted})
    found.changed += len(wanted)
    found.named += wanted[: MOST_NAMED + 1 - len(found.named)]


def _order(institution: Institution, row: Watch, found: Looked) -> None:
    """Order one export of who changed. While another run goes on they wait for the next look."""
    few = len(found.named) <= MOST_NAMED
    filters = Filters(sonis_id=tuple(sorted(found.named))) if few else Filters()
    try:
        with transaction.atomic():
            run = order_export(institution, Order(started_by=WATCH, filters=filters))
            watching.end(row, run=run)
    except StopRunError:
        logger.info("%s people changed in SONIS and wait: another run goes on", found.changed)
        return
    found.run = run
    logger.info("%s people changed in SONIS: run %s was ordered", found.changed, run.pk)


def settle() -> None:
    """See what became of the exports that were ordered. Every worker calls it."""
    for row in watching.under_way():
        with alone(f"watch {row.pk}"):
            _settle(row)


def _settle(row: Watch) -> None:
    assert row.run is not None
    ended = runs.end_of(row.run)
    if ended is None:
        return
    good = ended.status in {*history.SUCCEEDED, "held"}
    problem = "" if good else f"Run {ended.pk} ended as {ended.status}: its people are looked at again."
    watching.settle(row, good=good, problem=problem)
