"""The schema file of an institution: shown, compared with its SONIS, checked before it is put in force (rule 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sonisbridge.sonis.probe import ColumnPlace, column_places, empty_data_points
from sonisbridge.sonis.schema_file import read_schema, write_schema
from sonisbridge.sonis.tables import DEFAULT
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution

from .setup import Finding
from .sides import open_sonis


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaProbe:
    """A schema held against the live database."""

    places: tuple[ColumnPlace, ...]
    findings: tuple[Finding, ...]
    """What is missing, errors first."""
    empty: tuple[str, ...]
    """Data points for which the sampled rows have no value: their contact fields would stay blank."""

    @property
    def usable(self) -> bool:
        """Whether people can be read with it."""
        return not any(item.severity == "error" for item in self.findings)


def shown(institution: Institution) -> str:
    """The schema in force as a whole schema file, the usual names written out."""
    text = institution.sonis_schema
    return write_schema(read_schema(text) if text else DEFAULT)


def usual() -> str:
    """The documented schema as a schema file."""
    return write_schema(DEFAULT)


def probed(institution: Institution, text: str | None = None) -> SchemaProbe:
    """The institution's SONIS held against the schema in force, or against the text of a schema file.

    Reads a sample of rows; changes nothing. Raises WrongSettingsError for a text that is no schema file, StopRunError
    when SONIS does not answer.
    """
    known = institutions.connections_of(institution, {}, secrets=("sonis_url",))
    if text is not None:
        known = replace(known, sonis_schema=text)
    sonis = open_sonis(known)
    try:
        places = tuple(column_places(sonis))
        found = sonis.findings()
    finally:
        sonis.close()
    findings = tuple(Finding(severity=item.severity, text=item.text, mend=item.mend) for item in found)
    return SchemaProbe(places=places, findings=findings, empty=empty_data_points(list(places)))
