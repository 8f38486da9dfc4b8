"""Webhooks: a contact that ActiveCampaign names is looked at soon, by an import of such contacts alone (rule 9.1).

A delivery is a hint and no more: the contact is read again, and goes the way of every import.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sonisbridge.activecampaign.webhooks import Webhooks
from sonisbridge.core.errors import SonisbridgeError, StopRunError, WrongSettingsError
from sonisbridge.store import history, institutions, runs, webhooks
from sonisbridge.store.models import Institution
from sonisbridge.store.near_models import Webhook

from .orders import WEBHOOK, order_import
from .sides import transport_to
from .timed import alone

GATHERED = timedelta(seconds=5)
"""So long what comes is gathered before an import looks at it."""
PAUSE = timedelta(seconds=30)
"""Between two such imports, so that users find their turn."""
PAUSE_AFTER_WHOLE = timedelta(minutes=10)
ASKED_AGAIN = timedelta(seconds=2)
"""While another run of the institution goes on."""
NOT_NOW = timedelta(minutes=1)
"""After an import could not be ordered at all."""
_CONTACT = "contact[id]"
_MOST_FIELDS = 2000
_MOST_DIGITS = 18
_NAME = "sonisbridge"
_NOT_REGISTERED = (
    "The address is on, and could not be registered: register it by hand. ActiveCampaign calls https addresses on port 443 "
    "alone."
)

logger = logging.getLogger("sonisbridge.webhook")


# The setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedOn:
    """A webhook that is on now. Its path is shown this once."""

    path: str
    registered: bool = False
    problem: str = ""
    """Why it could not be registered in ActiveCampaign."""

    @property
    def address(self) -> str:
        """The whole address, where it is known where the pages are reached."""
        return f"{settings.URL}{self.path}" if settings.URL else ""


def turn_on(institution: Institution, *, by: str, register: bool) -> TurnedOn:
    """A fresh address, in the place of one before. What keeps it from being registered does not keep it from being on.

    Raises WrongSettingsError when it is to be registered and nobody knows where the pages are reached.
    """
    if register and not settings.URL:
        raise WrongSettingsError(
            "The address cannot be registered while SONISBRIDGE_URL is not set: set it to where the server is reached, such "
            "as https://bridge.example.edu, or register the address by hand."
        )
    before = webhooks.of(institution)
    made = TurnedOn(path=webhooks.path_of(webhooks.turn_on(institution, by=by, now=timezone.now())))
    problem = _deregistered(institution, before) if before else ""
    if register:
        try:
            _register(institution, made.address)
        except SonisbridgeError as error:
            return TurnedOn(path=made.path, problem=f"{_NOT_REGISTERED} {error} {problem}".strip())
    return TurnedOn(path=made.path, registered=register, problem=problem)


def turn_off(institution: Institution, *, by: str) -> str:
    """Hear nothing any more. What is still to be done by hand in ActiveCampaign, "" when nothing is."""
    before = webhooks.of(institution)
    webhooks.turn_off(institution, by=by)
    assert before is not None
    return _deregistered(institution, before)


def _register(institution: Institution, address: str) -> None:
    with transport_to(institution) as transport:
        webhook_id = Webhooks(transport).register(_NAME, address)
    row = webhooks.of(institution)
    if row is not None:
        webhooks.note_registered(row, webhook_id)


def _deregistered(institution: Institution, before: Webhook) -> str:
    """Take the address away that we registered; the sentence that says what is left to do when that does not go."""
    if not before.registered:
        return ""
    try:
        with transport_to(institution) as transport:
            theirs = Webhooks(transport)
            address = theirs.address(before.registered)
            if address and not webhooks.is_at(before, address):
                return "Another account is connected now: remove the old address in the one where it was registered."
            theirs.remove(before.registered)
    except SonisbridgeError as error:
        return (
            f"The old address is still registered in ActiveCampaign, as webhook {before.registered}: remove it there, in "
            f"Settings > Developer. {error}"
        )
    return ""


# What comes


def hear(token: str, delivery: bytes, *, now: datetime | None = None) -> bool:
    """Note which contact a delivery names; False when nothing is on at that address. Nothing else of it is used."""
    row = webhooks.by_token(token)
    if row is None:
        return False
    contact_id = contact_named(delivery)
    if contact_id is not None:
        webhooks.heard(row, contact_id, delivery, now=now or timezone.now())
    return True


def contact_named(delivery: bytes) -> int | None:
    """The contact id of a delivery, None when it names none or is something else altogether."""
    try:
        pairs = parse_qsl(delivery.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    value = next((value for name, value in pairs if name == _CONTACT), "").strip()
    good = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
    return int(value) or None if good else None


# What becomes of it


def tick(now: datetime | None = None) -> None:
    """Order an import for what waits, and see what became of those that were ordered. Every worker calls it."""
    now = now or timezone.now()
    for row in webhooks.under_way():
        with alone(f"webhook {row.pk}"):
            _settle(row, now)
    for row in webhooks.due(now, gathered=GATHERED / settings.TIME_SCALE):
        with alone(f"webhook {row.pk}"), suppress(StopRunError):  # another run was quicker: its turn first
            _order(row, now)


def _settle(row: Webhook, now: datetime) -> None:
    assert row.run is not None
    ended = runs.end_of(row.run)
    if ended is None:
        return
    good = ended.status in history.SUCCEEDED
    pause = (PAUSE_AFTER_WHOLE if row.whole_taken else PAUSE) / settings.TIME_SCALE
    webhooks.settle(row, good=good, now=now, pause=pause, scale=settings.TIME_SCALE)
    if not good:
        logger.warning("run %s did not look at what a webhook named: it is tried again, or left alone", ended.pk)


def _order(row: Webhook, now: datetime) -> None:
    """Order one import of all that waits, unless another worker was quicker or a run goes on."""
    institution = row.institution
    if history.active(institution) is not None:
        webhooks.take(row, until=now + ASKED_AGAIN / settings.TIME_SCALE)
        return
    with transaction.atomic():
        if not webhooks.take(row, until=now):
            return
        webhooks.leave_known(institution, now=now)
        waiting = webhooks.contacts_waiting(institution)
        if not (waiting or row.whole_due):
            return
        try:
            institutions.refuse_unconnected(institution)
        except WrongSettingsError:
            webhooks.take(row, until=now + NOT_NOW)
            return
        run = order_import(institution, started_by=WEBHOOK, contacts=() if row.whole_due else waiting)
        webhooks.ordered(row, run, waiting)
    logger.info("a webhook named %s contacts: run %s was ordered", len(waiting), run.pk)
