"""Where SONIS is read: a database, its SOAP interface, or files. What reads people knows none of them apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import StopRunError

from .catalogue import Catalogue, Finding, compare
from .tables import Schema

Row = Sequence[Any]
"""A row of any columns."""


class Source(ABC):
    """One SONIS that can be asked. Opening it tries it: raises StopRunError when it does not answer."""

    dialect: str
    """The language of its statements: mssql, postgresql, mysql or sqlite."""
    makes_people = False
    """Whether sonisbridge can make people here; elsewhere SONIS alone does."""
    title: str
    """What it is, for messages; nothing secret."""

    def __init__(self, schema: Schema) -> None:
        self.wanted = schema

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Which SONIS this is, as a hash; never the credentials."""

    @cached_property
    def catalogue(self) -> Catalogue:
        """The tables and columns that it has."""
        return self._read_catalogue()

    @abstractmethod
    def _read_catalogue(self) -> Catalogue:
        """Ask for the columns of every table of the wanted schema."""

    @cached_property
    def schema(self) -> Schema:
        """What is read: the wanted schema less the optional parts that are absent.

        Raises StopRunError naming the first thing that is missing and cannot be done without.
        """
        findings = self.findings()
        for item in findings:
            if item.severity == "error":
                raise StopRunError(f"{item.text} {item.mend}")
        return self.wanted.less(item.absent for item in findings)

    @property
    def readable(self) -> Schema:
        """The wanted schema less everything that is absent, needed or not: for a look around."""
        return self.wanted.less(item.absent for item in self.findings())

    def findings(self) -> list[Finding]:
        """What it lacks of the schema, the worst first."""
        return compare(self.wanted, self.catalogue, exact_case=self.dialect == "postgresql")

    @abstractmethod
    def rows(self, statement: sa.Select[Any]) -> Sequence[Row]:
        """Every row of one short statement; nothing stays open behind it."""

    @abstractmethod
    def watch(self, seen: Callable[[str], None]) -> None:
        """Have every statement that is sent named to `seen`: for those who count them."""

    @abstractmethod
    def close(self) -> None:
        """Give the connections back."""
