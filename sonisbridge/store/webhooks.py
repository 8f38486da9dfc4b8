"""The address at which an institution hears of changed contacts, and which contacts it was told of (rule 9.1).

Every change of a webhook's run is a conditional update that one worker wins.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from sonisbridge.core.errors import WrongSettingsError

from .audit import record
from .models import ImportedContact, Institution, Link, Run
from .near_models import Hint, Webhook

MOST_WAITING = 1000
"""So many contacts wait at most; when more are named, all contacts are looked at instead."""
MOST_TRIES = 6
"""So many imports may fail over a contact before it is left to the next whole one."""
REPLAYS_KNOWN = timedelta(hours=1)
"""For so long a delivery that comes again is known."""
_NOTED_EVERY = timedelta(minutes=1)
_LONGEST_PAUSE = 3600
_PATH = "/hooks/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many contacts wait to be looked at, of one institution or of all, and how long the first has."""

    many: int
    since: datetime | None


def path_of(token: str) -> str:
    """Where a delivery goes on this server."""
    return f"{_PATH}{token}"


# The setting


def of(institution: Institution) -> Webhook | None:
    """The institution's webhook, None while it is off."""
    return Webhook.objects.filter(institution=institution).first()


def turn_on(institution: Institution, *, by: str, now: datetime) -> str:
    """The token of a fresh address, which takes the place of one before; this is the only time that it can be seen."""
    token = secrets.token_urlsafe(32)
    values = {"digest": _digest(token), "made_by": by, "made_at": now, "registered": "", "heard_at": None}
    with transaction.atomic():
        _row, made = Webhook.objects.update_or_create(institution=institution, defaults=values)
        record(institution, by, "webhook turned on" if made else "webhook given another address")
    return token


def turn_off(institution: Institution, *, by: str) -> None:
    """Hear nothing any more; what waits is left to the next import. Raises WrongSettingsError when it is off."""
    with transaction.atomic():
        gone, _tables = Webhook.objects.filter(institution=institution).delete()
        if not gone:
            raise WrongSettingsError(f"The webhook of {institution.name} is off.")
        Hint.objects.filter(institution=institution).delete()
        record(institution, by, "webhook turned off")


def is_at(webhook: Webhook, address: str) -> bool:
    """Whether that is the webhook's address."""
    return _digest(address.rpartition(_PATH)[2]) == webhook.digest


def note_registered(webhook: Webhook, webhook_id: str) -> None:
    """Keep under which id ActiveCampaign knows the address."""
    webhook.registered = webhook_id
    webhook.save(update_fields=["registered"])


# What comes


def by_token(token: str) -> Webhook | None:
    """The webhook that is on at that address."""
    return Webhook.objects.filter(digest=_digest(token)).first()


def heard(webhook: Webhook, contact_id: int, delivery: bytes, *, now: datetime) -> None:
    """Note that a contact is to be looked at. A delivery that came before changes nothing, nor does a flood of them."""
    if webhook.heard_at is None or now - webhook.heard_at > _NOTED_EVERY:
        Webhook.objects.filter(pk=webhook.pk).update(heard_at=now)
    mark = hashlib.sha256(delivery).hexdigest()
    rows = Hint.objects.filter(institution=webhook.institution_id, contact_id=contact_id)
    known = rows.first()
    if known is not None and known.mark == mark:
        return
    if (known is None or known.read_at is not None) and _full(webhook):
        Webhook.objects.filter(pk=webhook.pk, whole_due=False).update(whole_due=True)
    elif known is None:
        hint = Hint(institution_id=webhook.institution_id, contact_id=contact_id, mark=mark, at=now)
        Hint.objects.bulk_create([hint], ignore_conflicts=True)
    else:
        waits_anew = known.taken or known.read_at is not None
        rows.update(mark=mark, at=now if waits_anew else known.at, taken=False, tries=0, read_at=None)


def _full(webhook: Webhook) -> bool:
    waiting = Hint.objects.filter(institution=webhook.institution_id, read_at=None)
    return waiting.count() >= MOST_WAITING


def waiting(institution: Institution | None = None) -> Waiting:
    """What waits to be looked at."""
    rows = Hint.objects.filter(read_at=None)
    if institution is not None:
        rows = rows.filter(institution=institution)
    return Waiting(many=rows.count(), since=rows.aggregate(first=Min("at"))["first"])


# What becomes of it


def due(now: datetime, *, gathered: timedelta) -> list[Webhook]:
    """Those for which an import can be ordered: what waits has been gathered for a while, and none is under way."""
    ripe = Hint.objects.filter(institution=OuterRef("institution"), read_at=None, at__lte=now - gathered)
    free = Webhook.objects.filter(Q(try_at=None) | Q(try_at__lte=now), run=None)
    return list(free.filter(Q(whole_due=True) | Exists(ripe)).select_related("institution").order_by("pk"))


def under_way() -> QuerySet[Webhook]:
    """Those for which an import was ordered."""
    return Webhook.objects.exclude(run=None).select_related("institution", "run").order_by("pk")


def take(webhook: Webhook, *, until: datetime) -> bool:
    """Keep others from ordering an import for it until then. False: another worker was quicker."""
    mine = Webhook.objects.filter(pk=webhook.pk, run=None, try_at=webhook.try_at)
    won = bool(mine.update(try_at=until))
    if won:
        webhook.refresh_from_db()
    return won


def leave_known(institution: Institution, *, now: datetime) -> None:
    """Let nothing wait whose contact belongs to somebody in SONIS or was imported: an import leaves it alone anyway."""
    ours = {"institution": institution, "contact_id": OuterRef("contact_id")}
    known = Exists(Link.objects.filter(**ours)) | Exists(ImportedContact.objects.filter(written=True, **ours))
    Hint.objects.filter(known, institution=institution, read_at=None).update(read_at=now)


def contacts_waiting(institution: Institution) -> list[int]:
    """The contacts that wait, lowest id first."""
    rows = Hint.objects.filter(institution=institution, read_at=None).order_by("contact_id")
    return list(rows.values_list("contact_id", flat=True)[:MOST_WAITING])


def ordered(webhook: Webhook, run: Run, contact_ids: Collection[int]) -> None:
    """Note that the run looks at these contacts, or at all where a whole one was due."""
    Hint.objects.filter(institution=webhook.institution_id, contact_id__in=contact_ids).update(taken=True)
    whole = webhook.whole_due
    Webhook.objects.filter(pk=webhook.pk).update(run=run, whole_due=False, whole_taken=whole)


def settle(webhook: Webhook, *, good: bool, now: datetime, pause: timedelta, scale: float = 1) -> None:
    """Let nothing wait any more that the run has read, if it ended well; else try again later, and not for ever."""
    failures = 0 if good else webhook.failures + 1
    if not good:
        pause = timedelta(seconds=min(30 * 2 ** min(failures - 1, 10), _LONGEST_PAUSE) / scale)
    again = not good and webhook.whole_taken and failures < MOST_TRIES
    with transaction.atomic():
        mine = Webhook.objects.filter(pk=webhook.pk, run=webhook.run_id)
        if not mine.update(run=None, try_at=now + pause, failures=failures, whole_taken=False):
            return
        if again:
            Webhook.objects.filter(pk=webhook.pk).update(whole_due=True)
        taken = Hint.objects.filter(institution=webhook.institution_id, taken=True)
        if good:
            taken.update(taken=False, read_at=now)
        else:
            taken.filter(tries__gte=MOST_TRIES - 1).delete()
            taken.update(taken=False, tries=F("tries") + 1)
        read = Hint.objects.filter(institution=webhook.institution_id, read_at__lt=now - REPLAYS_KNOWN)
        read.delete()


def forget(before: datetime, most: int) -> int:
    """Remove at most so many hints that came before that moment, whatever became of them. How many there were."""
    keys: Iterable[int] = list(Hint.objects.filter(at__lt=before).values_list("pk", flat=True)[:most])
    return Hint.objects.filter(pk__in=keys).delete()[0]


def forget_all() -> None:
    """Turn every webhook off, in a copy that was made from a backup: its address is the other one's."""
    Hint.objects.all().delete()
    Webhook.objects.all().delete()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
