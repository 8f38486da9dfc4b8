"""SONIS, as the rest of sonisbridge sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from sonisbridge.core.arrival import Arrival
from sonisbridge.core.errors import StopRunError
from sonisbridge.core.filters import Filters
from sonisbridge.core.person import Codes, Identity, PersonRecord, SonisId
from sonisbridge.core.prospect import NewProspect, WaitingProspect

from . import codes, files, lookup, people, prospects, soap_prospects
from .address import FILES, SOAP
from .catalogue import Finding
from .connection import Connection
from .files import FilesSource
from .people import PeoplePage, PersonRows
from .rights import excess
from .soap import SoapSource
from .soap_client import SoapOptions
from .source import Source
from .tables import DEFAULT, Schema


class Sonis:
    """One institution's SONIS. Opening it raises StopRunError when the database does not answer."""

    def __init__(self, url: str, schema: Schema = DEFAULT, *, allow_loopback: bool = False) -> None:
        self.connection: Source = _opened(url, schema, allow_loopback=allow_loopback)

    @property
    def fingerprint(self) -> str:
        """Which database this is, whoever signs in to it (section 12 of the rules)."""
        return self.connection.fingerprint

    @property
    def title(self) -> str:
        """The database in words, without user and password."""
        return self.connection.title

    @property
    def converts(self) -> bool:
        """Whether sonisbridge can make people here; elsewhere SONIS alone does."""
        return self.connection.makes_people

    @property
    def layout(self) -> str:
        """Where in the database each thing is read, as text: with another, the same rows may mean something else."""
        return str(self.connection.schema)

    def _database(self) -> Connection:
        if not isinstance(self.connection, Connection) or not self.converts:
            raise StopRunError(
                f"Over {self.connection.title} SONIS alone makes people: convert web prospects there and let `import_mode` be "
                "stage. The next run recognises who they became."
            )
        return self.connection

    def close(self) -> None:
        """Give the connections back."""
        self.connection.close()

    def findings(self) -> list[Finding]:
        """What the database lacks of the schema."""
        return self.connection.findings()

    def excess_rights(self) -> list[str]:
        """What the database user can do that sonisbridge never does, such as "DELETE on address"."""
        return excess(self.connection)

    def people(self, filters: Filters | None = None) -> Iterator[PersonRecord]:
        """Everybody whom the filters name, whatever their status, in the order of the database's keys."""
        return people.people(self.connection, filters or Filters())

    def people_pages(self, filters: Filters | None = None) -> Iterator[PeoplePage]:
        """The same people by pages of their rows as they stand, which have fingerprints."""
        return people.people_pages(self.connection, filters or Filters())

    def people_rows_by_id(self, ids: Iterable[str]) -> Iterator[list[PersonRows]]:
        """Pages of the rows of the people with these SONIS IDs, any number; unknown ids are passed over."""
        return people.people_rows_by_id(self.connection, ids)

    def count(self, filters: Filters | None = None) -> int:
        """How many people the filters name who hold an exported status (rule 3.3)."""
        return people.count(self.connection, filters or Filters())

    def people_by_id(self, ids: Iterable[str]) -> Iterator[PersonRecord]:
        """The people with these SONIS IDs, any number; unknown ids are passed over."""
        return people.people_by_id(self.connection, ids)

    def identities(self) -> Iterator[Identity]:
        """Every name record, whatever its status, disabled ones too (rule 7.1)."""
        return people.identities(self.connection)

    def identities_by_id(self, ids: Iterable[str]) -> Iterator[Identity]:
        """The name records with these SONIS IDs, any number; unknown ids are passed over."""
        return people.identities_by_id(self.connection, ids)

    def ids_with_email(self, keys: Iterable[str]) -> set[SonisId]:
        """SONIS IDs of everybody one of whose address rows holds one of these addresses; maybe of a few others besides."""
        return lookup.ids_with_email(self.connection, keys)

    def ids_named(self, keys: Iterable[str]) -> set[SonisId]:
        """SONIS IDs of everybody with one of these whole names in normal form; maybe of a few others besides."""
        return lookup.ids_named(self.connection, keys)

    def ids_like(self, asked: str, *, limit: int) -> list[SonisId]:
        """SONIS IDs of whom a user may mean by a SONIS ID, an e-mail address, or the beginning of a name."""
        return lookup.ids_like(self.connection, asked, limit)

    def prospects_of(
        self, *, sonis_ids: Iterable[str] = (), row_ids: Iterable[str] = (), contact_ids: Iterable[str] = ()
    ) -> Iterator[WaitingProspect]:
        """Key, contact and person of the web prospects that one of these names."""
        return lookup.prospects_of(self.connection, sonis_ids=sonis_ids, row_ids=row_ids, contact_ids=contact_ids)

    def codes(self) -> Codes:
        """The texts of the code tables; a table that the institution lacks gives none."""
        return codes.codes(self.connection)

    def filter_choices(self) -> dict[str, dict[str, str]]:
        """For each filter of codes, code to text of what can be asked for, by text; the agency is none of them."""
        return codes.filter_choices(self.connection)

    def filter_problems(self, filters: Filters) -> list[str]:
        """One plain sentence for every filter value that no code table and no row knows."""
        return codes.filter_problems(self.connection, filters)

    def waiting_prospects(self) -> Iterator[WaitingProspect]:
        """Every web prospect, wherever it came from; those that became people name them."""
        return prospects.waiting_prospects(self.connection)

    def add_prospect(self, prospect: NewProspect) -> str | None:
        """The row id of the web prospect that was added; None when it stands already."""
        match self.connection:
            case SoapSource():
                return soap_prospects.add_prospect(self.connection, prospect)
            case FilesSource():
                return files.add_prospect(self.connection, prospect)
        return prospects.add_prospect(self._database(), prospect)

    def add_person(self, prospect: NewProspect, *, today: date | None = None) -> SonisId:
        """The person made of the contact, with all their rows, in one transaction; done twice it is still one person."""
        return prospects.add_person(self._database(), prospect, today or _today())

    def arrival(self, row_id: str) -> Arrival | SonisId:
        """What a waiting web prospect says of itself; of one that was converted, whom it became."""
        return prospects.waiting_arrival(self.connection, row_id)

    def assign(self, row_id: str, sonis_id: SonisId, *, today: date | None = None) -> SonisId:
        """The person whom a waiting web prospect is said to be; they stay as they are."""
        return prospects.assign(self._database(), row_id, sonis_id, today or _today())

    def convert(self, row_id: str, arrival: Arrival | None = None, *, today: date | None = None) -> SonisId:
        """The person made of a waiting web prospect, as given or as its row says; one made before is named again (7.5)."""
        return prospects.convert(self._database(), row_id, arrival, today or _today())


def converts(url: str) -> bool:
    """Whether sonisbridge can make people in the SONIS of that address; nothing is asked of it."""
    return url.strip().partition(":")[0] not in (*SOAP, FILES)


def _opened(url: str, schema: Schema, *, allow_loopback: bool) -> Source:
    if url.strip().partition(":")[0] in SOAP:
        return SoapSource(url, schema, SoapOptions(allow_loopback=allow_loopback))
    if url.strip().partition(":")[0] == FILES:
        return FilesSource(url, schema)
    return Connection(url, schema)


def _today() -> date:
    return datetime.now(UTC).date()
