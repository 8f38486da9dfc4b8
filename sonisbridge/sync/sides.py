"""Both sides of an institution, opened for one run, and what was found out about them before the first person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings

from sonisbridge.activecampaign.client import ActiveCampaign
from sonisbridge.activecampaign.connection import TransportOptions
from sonisbridge.activecampaign.endpoint import checked_endpoint
from sonisbridge.activecampaign.transport import Transport
from sonisbridge.core.contact import ContactFields, FieldId
from sonisbridge.core.errors import CorrectLoginError, WrongSettingsError
from sonisbridge.core.field_mapping import FieldMapping, mapping_problems
from sonisbridge.core.person import Codes
from sonisbridge.core.policy import Policy
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT
from sonisbridge.store import institutions
from sonisbridge.store.institutions import Connections
from sonisbridge.store.ledger import Ledger
from sonisbridge.store.links import Links
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution
from sonisbridge.store.tallies import Traffic

from .pace import AccountPace
from .running import Running


@dataclass
class Sides:
    """One institution's two systems and what the bridge keeps about them."""

    institution: Institution
    policy: Policy
    sonis: Sonis
    activecampaign: ActiveCampaign
    mirror: ContactMirror
    links: Links
    ledger: Ledger

    @cached_property
    def fields(self) -> ContactFields:
        """The account's contact fields, all pages, read once."""
        found = ContactFields(self.activecampaign.custom_fields())
        institutions.keep_fields(self.institution, found)
        return found

    @cached_property
    def codes(self) -> Codes:
        """SONIS's code tables, read once."""
        found = self.sonis.codes()
        institutions.keep_codes(self.institution, found)
        return found

    @cached_property
    def field_mapping(self) -> FieldMapping:
        """The field mapping in force. Raises WrongSettingsError, naming each problem, when it cannot work (rule 2.3)."""
        mapping = institutions.field_mapping(self.institution)
        if not mapping.rows:
            raise WrongSettingsError(
                "No field mapping is in force: make the fields with `sonisbridge fields create --yes` and map them with "
                "`sonisbridge mapping suggest --apply`."
            )
        problems = mapping_problems(mapping, self.fields, self.codes, self.policy)
        if problems:
            listed = " ".join(f"{item.data_point}: {item.message}" for item in problems)
            raise WrongSettingsError(f"The field mapping cannot work. {listed}")
        return mapping

    @property
    def sonis_id_field(self) -> FieldId:
        """The contact field that carries the SONIS ID."""
        row = self.field_mapping.row("name.sonis_id")
        assert row is not None  # rule 2.1, held by mapping_problems
        return row.field_id


def open_sonis(known: Connections, *, given_anew: bool = False) -> Sonis:
    """The institution's SONIS. Raises StopRunError when it cannot be reached.

    A login that SONIS refused is not tried again, by no run and no command, until its address is `given_anew`: SONIS
    disables accounts after a few wrong passwords.
    """
    schema = read_schema(known.sonis_schema) if known.sonis_schema else DEFAULT
    if not given_anew and institutions.login_refused(known.name, known.sonis_url):
        raise CorrectLoginError(
            "SONIS refused its user name or password before, and nothing was sent now, so that it does not disable the "
            f"account. Look at the account in SONIS, then give the whole address anew with `sonisbridge institution set "
            f"{known.name!r} sonis_url=URL`."
        )
    try:
        opened_one = Sonis(known.sonis_url, schema, allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT)
    except CorrectLoginError:
        institutions.note_login(known.name, known.sonis_url, refused=True)
        raise
    if given_anew:
        institutions.note_login(known.name, known.sonis_url, refused=False)
    return opened_one


def open_activecampaign(
    known: Connections, policy: Policy, going: Running | None = None, *, patient: bool = True
) -> ActiveCampaign:
    """The institution's account. Nothing is sent yet. `patient=False`: for somebody who waits for a page."""
    return ActiveCampaign(_transport(known, policy, going, patient=patient))


@contextmanager
def transport_to(institution: Institution) -> Iterator[Transport]:
    """The way to an institution's account, for somebody who waits; closed again at the end."""
    known = institutions.connections_of(institution, {}, secrets=("token",))
    transport = _transport(known, institutions.policy_of(institution), None, patient=False)
    try:
        yield transport
    finally:
        transport.close()


def _transport(known: Connections, policy: Policy, going: Running | None, *, patient: bool) -> Transport:
    check = going.check if going else _nothing
    patience = {} if patient else _FOR_A_PAGE
    return Transport(
        checked_endpoint(known.endpoint, allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT),
        known.token,
        pace=AccountPace(known.endpoint, policy, before=check),
        options=TransportOptions(
            allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT, time_scale=settings.TIME_SCALE, **patience
        ),
        before_request=check,
    )


_FOR_A_PAGE: dict[str, Any] = {"attempts": 2, "read_seconds": 15.0, "throttle_patience": 20.0}


def _nothing() -> None:
    """No run has to be asked."""


@contextmanager
def opened(institution: Institution, going: Running | None = None, *, patient: bool = True) -> Iterator[Sides]:
    """Both sides, closed again at the end; the token was tried. `patient` as for `open_activecampaign`."""
    known = institutions.connections(institution)
    policy = institutions.policy_of(institution)
    activecampaign = open_activecampaign(known, policy, going, patient=patient)
    sonis = open_sonis(known)
    try:
        activecampaign.me()
        if going is not None:
            going.traffic = lambda: _traffic(activecampaign)
        yield Sides(
            institution=institution,
            policy=policy,
            sonis=sonis,
            activecampaign=activecampaign,
            mirror=ContactMirror(institution),
            links=Links(institution),
            ledger=Ledger(institution),
        )
    finally:
        activecampaign.close()
        sonis.close()


def _traffic(activecampaign: ActiveCampaign) -> Traffic:
    stats = activecampaign.stats
    return Traffic(
        requests=stats.requests,
        by_class=dict(stats.by_class),
        waited_seconds=stats.waited_seconds,
        throttled_seconds=stats.throttled_seconds,
    )
