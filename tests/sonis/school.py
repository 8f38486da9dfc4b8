"""A small SONIS made by hand, row by row, in any of the databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

import sonisbridge
from sonisbridge.core.person import PersonRecord
from sonisbridge.sonis.database import Sonis
from tests.databases import engine_of, renamed

_SCHEMA = Path(sonisbridge.__file__).parent / "sandbox" / "sample_schema.sql"


class School:
    """One SONIS database: rows are written with plain SQL and read with the product."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = engine_of(url)
        self._sonis: Sonis | None = None
        for statement in _statements(_SCHEMA.read_text()):
            self.run(statement)

    @property
    def sonis(self) -> Sonis:
        """The product's view of it, opened at the first use."""
        if self._sonis is None:
            self._sonis = Sonis(self.url)
        return self._sonis

    def close(self) -> None:
        """Give the connections back."""
        if self._sonis is not None:
            self._sonis.close()
        self.engine.dispose()

    def run(self, statement: str, **values: Any) -> None:
        """One statement of the test's own."""
        if self.engine.dialect.name == "mssql":
            statement = renamed(statement)
        with self.engine.connect() as connection:
            connection.execute(sa.text(statement), values)

    def run_plainly(self, statement: str) -> None:
        """One statement as it stands, colons and all."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(
                statement.replace("%", "%%") if self.engine.dialect.name != "sqlite" else statement
            )

    def add_secrets(self) -> None:
        """The columns that nobody is to read."""
        if not sa.inspect(self.engine).has_table("security"):
            self.run("ALTER TABLE name ADD ssn VARCHAR(20)")
            self.run("CREATE TABLE security (user_id VARCHAR(20), password VARCHAR(80))")

    def add(self, table: str, **values: Any) -> None:
        """One row."""
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", **values)

    def person(self, sonis_id: str, **values: Any) -> str:
        """A name row; flags are off unless given."""
        row = {"first_name": "Ada", "last_name": "Byron", "disabled": 0, "deceased": 0, "excl_mailing": 0, **values}
        self.add("name", soc_sec=sonis_id, **row)
        return sonis_id

    def address(self, sonis_id: str, rid: str, **values: Any) -> None:
        """An address row."""
        self.add("address", soc_sec=sonis_id, addr_rid=rid, **{"preferred": 0, "text_me": 0, **values})

    def program(self, sonis_id: str, rid: str, code: str, **values: Any) -> None:
        """An approg row."""
        self.add("approg", soc_sec=sonis_id, app_rid=rid, prg_cod=code, **{"preferred": 0, "disabled": 0, **values})

    def waiting(self, rid: str, **values: Any) -> str:
        """A web prospect that waits."""
        row = {"first_name": "Ann", "last_name": "O'Neil", "e_mail": "ann@example.com", "submitted": "2026-11-01"}
        self.add("webps", webps_rid=rid, **{**row, "incomplete": 0, **values})
        return rid

    def only(self) -> PersonRecord:
        """The one person there is."""
        (found,) = self.sonis.people()
        return found

    def count(self, table: str) -> int:
        """How many rows the table has."""
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one())

    def ids(self, **filters: Any) -> set[str]:
        """The SONIS IDs that these filters name."""
        from sonisbridge.core.filters import Filters

        return {person.sonis_id for person in self.sonis.people(Filters(**filters))}


def _statements(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [part for part in "\n".join(lines).split(";") if part.strip()]
