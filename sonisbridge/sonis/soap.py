"""SONIS over its SOAP interface, for schools whose SONIS is hosted: the same statements, in T-SQL with every value in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import StopRunError

from .address import fingerprint_of, parsed, title_of
from .catalogue import Catalogue, catalogue_by_question
from .literals import as_text
from .soap_client import RefusedError, SoapClient, SoapOptions
from .soap_text import Table
from .source import Row, Source
from .tables import Schema


class SoapSource(Source):
    """Reads SONIS by `doSQLSomething`. Opening it tries it: raises StopRunError when it does not answer."""

    def __init__(self, url: str, schema: Schema, options: SoapOptions) -> None:
        super().__init__(schema)
        self.dialect = "mssql"
        self.client = SoapClient(url, options)
        self._address = parsed(url)
        self.title = title_of(self._address)
        self._watchers: list[Callable[[str], None]] = []
        try:
            self._ask("SELECT 1 AS C0", 1)
        except RefusedError as error:
            self.close()
            raise self._refused() from error
        except BaseException:
            self.close()
            raise

    @property
    def fingerprint(self) -> str:
        """Which SONIS this is, as a hash: host, port and path, never the credentials."""
        return fingerprint_of(self._address)

    def _read_catalogue(self) -> Catalogue:
        try:
            return catalogue_by_question(self._rows, self.wanted)
        except RefusedError as error:
            raise self._refused() from error

    def rows(self, statement: sa.Select[Any]) -> Sequence[Row]:
        """Every row of one statement, cells as text."""
        try:
            return self._rows(statement)
        except RefusedError as error:
            raise self._missing() or self._refused() from error

    def _rows(self, statement: sa.Select[Any]) -> Sequence[Row]:
        return self._ask(*as_text(statement))

    def _ask(self, text: str, columns: int) -> Sequence[Row]:
        for seen in self._watchers:
            seen(text)
        found = self.client.sql(text)
        if not isinstance(found, Table):
            # An empty result is a table without rows; a text is something else, whatever it says.
            raise RefusedError
        if not found.rows:
            return []
        places = {name.upper(): place for place, name in enumerate(found.columns)}
        try:
            order = [places[f"C{number}"] for number in range(columns)]
            return [[row[place] for place in order] for row in found.rows]
        except (KeyError, IndexError) as error:
            raise RefusedError from error

    def _missing(self) -> StopRunError | None:
        """What is missing by now, when that is why a statement was refused."""
        self.__dict__.pop("catalogue", None)
        try:
            findings = self.findings()
        except StopRunError:
            return None
        found = next((item for item in findings if item.severity == "error"), None)
        return StopRunError(f"{found.text} {found.mend}") if found else None

    def _refused(self) -> StopRunError:
        return StopRunError(
            f"SONIS refused a statement: {self.title} answered with an error. Look at the rights of the account there, and "
            "at the server's own log, then start again."
        )

    def watch(self, seen: Callable[[str], None]) -> None:
        """Have every statement that is sent named to `seen`."""
        self._watchers.append(seen)

    def close(self) -> None:
        """Close every connection."""
        self.client.close()
