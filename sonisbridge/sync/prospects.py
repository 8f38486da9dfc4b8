"""Web prospects: those that wait, and their conversion where SONIS lets sonisbridge do it (rule 7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sonisbridge.core.arrival import (
    FIELDS,
    Arrival,
    ArrivalField,
    Likeness,
    completed,
    edited,
    likenesses,
    shown,
)
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import SkipRecordError, WrongSettingsError
from sonisbridge.core.person import Codes, SonisId
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.core.values import email_key, name_key
from sonisbridge.sonis.database import Sonis, converts
from sonisbridge.store import institutions
from sonisbridge.store.audit import record
from sonisbridge.store.ledger import Ledger, Remembered
from sonisbridge.store.models import Institution

from .sides import open_sonis


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A waiting web prospect as a user sees it before it becomes a person."""

    row_id: str
    contact_id: str
    """The contact it was made of; "" when it came another way."""
    arrival: Arrival
    left_over: Mapping[str, str]
    """Data point to the whole text of what did not fit its column."""
    duplicates: tuple[Likeness, ...]
    codes: Codes

    def rows(self) -> Iterator[tuple[ArrivalField, str]]:
        """Every value that may be edited, as text."""
        return ((field, shown(self.arrival, field.name)) for field in FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A web prospect that waits, and who it may be already."""

    prospect: WaitingProspect
    duplicates: tuple[Likeness, ...]


def waiting(institution: Institution) -> list[WaitingProspect]:
    """The web prospects that nobody converted yet, in row-id order."""
    with _sonis_of(institution) as sonis:
        return _waiting(sonis)


def waiting_with_duplicates(institution: Institution) -> list[Waiting]:
    """The same, each with the people of SONIS who share its name or e-mail."""
    with _sonis_of(institution) as sonis:
        found = _waiting(sonis)
        alike = _alike(sonis, {item.row_id: _seen(item) for item in found})
    return [Waiting(prospect=item, duplicates=alike[item.row_id]) for item in found]


def duplicates_of(institution: Institution, prospects: Iterable[WaitingProspect]) -> Mapping[str, tuple[Likeness, ...]]:
    """Row id to the people of SONIS who share the web prospect's name or e-mail, for these alone."""
    with _sonis_of(institution) as sonis:
        return _alike(sonis, {item.row_id: _seen(item) for item in prospects})


def may_convert(institution: Institution) -> bool:
    """Whether sonisbridge can make people in this SONIS; elsewhere SONIS alone does."""
    return converts(institutions.connections_of(institution, {}, secrets=("sonis_url",)).sonis_url)


def details(institution: Institution, row_id: str) -> Details:
    """One waiting web prospect with everything that a person would be made of.

    Raises WrongSettingsError when none waits under that id.
    """
    row_id = row_id.strip()
    with _sonis_of(institution) as sonis:
        known = {prospect.row_id: prospect for prospect in sonis.waiting_prospects()}
        _refuse_unknown([row_id], known)
        remembered = Ledger(institution).remembered([row_id]).get(row_id)
        arrival = _complete(institution, sonis, known[row_id], remembered)
        alike = _alike(sonis, {row_id: arrival})[row_id]
        return Details(
            row_id=row_id,
            contact_id=remembered.contact_id if remembered else known[row_id].contact_id,
            arrival=arrival,
            left_over=remembered.left_over if remembered else {},
            duplicates=alike,
            codes=sonis.codes(),
        )


def convert(
    institution: Institution,
    row_ids: list[str] | None,
    *,
    by: str,
    edits: Mapping[str, str] | None = None,
    anyway: bool = False,
) -> list[tuple[WaitingProspect, str]]:
    """Make people of these web prospects, or of all that wait: each with the SONIS ID that they have now.

    One transaction a person; somebody who was converted before keeps their SONIS ID. `edits` are a user's changes of one
    web prospect, by the names of FIELDS. Whoever is in SONIS by the same name and e-mail is nobody new: of all they are
    left out, and one alone raises WrongSettingsError, unless `anyway`.
    """
    with _sonis_of(institution) as sonis:
        known = {prospect.row_id: prospect for prospect in sonis.waiting_prospects()}
        wanted = row_ids if row_ids is not None else sorted(key for key, item in known.items() if not item.sonis_id)
        _refuse_unknown(wanted, known)
        if edits and len(wanted) != 1:
            raise WrongSettingsError("Edits are for one web prospect: name it.")
        ledger = Ledger(institution)
        remembered = ledger.remembered(wanted)
        arrivals = {
            row_id: _complete(institution, sonis, known[row_id], remembered.get(row_id))
            for row_id in wanted
            if not known[row_id].sonis_id
        }
        if edits:
            arrivals = {key: edited(arrival, edits, sonis.codes()) for key, arrival in arrivals.items()}
        same = {} if anyway or not arrivals else _same(sonis, arrivals)
        if row_ids is not None and same:
            raise WrongSettingsError(" ".join(same.values()))
        converted: list[tuple[WaitingProspect, str]] = []
        for row_id in (row_id for row_id in wanted if row_id not in same):
            sonis_id = known[row_id].sonis_id or sonis.convert(row_id, arrivals[row_id])
            _note(ledger, known[row_id], remembered.get(row_id), sonis_id)
            converted.append((known[row_id], sonis_id))
    record(institution, by, "web prospects converted", after=[sonis_id for _prospect, sonis_id in converted])
    return converted


def assign(institution: Institution, row_id: str, sonis_id: str, *, by: str) -> str:
    """Say that a waiting web prospect is this person of SONIS, who stays as they are; the next export links the contact.

    Raises WrongSettingsError when there is no such person or web prospect.
    """
    with _sonis_of(institution) as sonis:
        people = [person.sonis_id for person in sonis.people_by_id([sonis_id])]
        if not people:
            raise WrongSettingsError(f"SONIS knows nobody by the SONIS ID {sonis_id!r}.")
        known = {prospect.row_id: prospect for prospect in sonis.waiting_prospects()}
        _refuse_unknown([row_id], known)
        made = sonis.assign(row_id, SonisId(people[0]))
        ledger = Ledger(institution)
        _note(ledger, known[row_id], ledger.remembered([row_id]).get(row_id), made)
    record(institution, by, "web prospect assigned", after={"web prospect": row_id, "sonis_id": made})
    return made


def _note(ledger: Ledger, prospect: WaitingProspect, remembered: Remembered | None, sonis_id: str) -> None:
    contact_id = remembered.contact_id if remembered else ContactId(prospect.contact_id)
    if contact_id:
        ledger.written(contact_id, sonis_id=sonis_id)


def _refuse_unknown(wanted: list[str], known: Mapping[str, WaitingProspect]) -> None:
    unknown = [row_id for row_id in wanted if row_id not in known]
    if unknown:
        raise WrongSettingsError(
            f"There is no web prospect {', '.join(unknown)}: `sonisbridge prospects list` shows those that wait."
        )


def _same(sonis: Sonis, arrivals: Mapping[str, Arrival]) -> dict[str, str]:
    """Row id to a sentence for those who are in SONIS already."""
    return {
        row_id: f"Web prospect {row_id} is in SONIS already as {alike[0].sonis_id}, by the same name and e-mail: assign it "
        f"with `sonisbridge prospects assign {row_id} {alike[0].sonis_id}`, or convert it with --anyway."
        for row_id, alike in _alike(sonis, arrivals).items()
        if alike and alike[0].same
    }


def _alike(sonis: Sonis, arrivals: Mapping[str, Arrival]) -> dict[str, tuple[Likeness, ...]]:
    """The people who share a name or an address with one of these; only they are read."""
    emails = {email_key(email) for arrival in arrivals.values() for email in (arrival.email, arrival.email2)} - {""}
    names = {name_key(arrival.first_name, arrival.last_name) for arrival in arrivals.values()} - {""}
    ids = sonis.ids_with_email(emails) | sonis.ids_named(names)
    return likenesses(arrivals, sonis.identities_by_id(ids))


def _complete(
    institution: Institution, sonis: Sonis, prospect: WaitingProspect, remembered: Remembered | None
) -> Arrival:
    """The row of a web prospect that waits, with what its import remembers."""
    row_id = prospect.row_id
    try:
        found = sonis.arrival(row_id)
    except SkipRecordError as error:
        raise WrongSettingsError(str(error)) from error
    if not isinstance(found, Arrival):
        raise WrongSettingsError(f"Web prospect {row_id} waits no more: it is {found} now.")
    ours = remembered is not None or prospect.contact_id
    code = institutions.policy_of(institution).inquiry_type_code if ours else ""
    return completed(found, remembered.prospect if remembered else None, inquiry_type=code)


def _waiting(sonis: Sonis) -> list[WaitingProspect]:
    found = (prospect for prospect in sonis.waiting_prospects() if not prospect.sonis_id)
    return sorted(found, key=lambda prospect: prospect.row_id)


def _seen(prospect: WaitingProspect) -> Arrival:
    return Arrival(first_name=prospect.first_name, last_name=prospect.last_name, email=prospect.email)


@contextmanager
def _sonis_of(institution: Institution) -> Iterator[Sonis]:
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        yield sonis
    finally:
        sonis.close()
