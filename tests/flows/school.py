"""A small SONIS by hand: real rows in a real database, padded as SONIS pads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import sonisbridge

SCHEMA = Path(sonisbridge.__file__).parent / "sandbox" / "sample_schema.sql"
CODES: Mapping[str, tuple[tuple[Any, ...], ...]] = {
    "modstat": (("PS", "Prospect", 0), ("AP", "Applicant", 0), ("ST", "Student", 0), ("AL", "Alumni", 0), ("FA", "Faculty", 0)),
    "program": (("BIO", "Biology", 0), ("NUR", "Nursing", 0)),
    "semester": (("1", "Fall", 0), ("2", "Spring", 0)),
    "inqtype": (("WEB", "Web form", 0), ("ACTIVECAMP", "ActiveCampaign", 0)),
    "refby": (("FRIEND", "A friend", 0), ("FAIR", "College fair", 0)),
    "campus": (("MAIN", "Main", 0), ("NORTH", "North", 0)),
    "state": (("TN", "Tennessee"), ("GA", "Georgia")),
}  # fmt: skip


class School:
    """One SONIS database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.publishers: list[Callable[[], None]] = []
        self.engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with self.engine.connect() as connection:
            for statement in SCHEMA.read_text().split(";"):
                lines = [line for line in statement.splitlines() if not line.strip().startswith("--")]
                if any(line.strip() for line in lines):
                    connection.exec_driver_sql("\n".join(lines))
        for table, rows in CODES.items():
            for row in rows:
                self._insert(table, row)

    def publish(self) -> None:
        """Called before every run: where SONIS gives an extract, it is made anew."""
        for publish in self.publishers:
            publish()

    def converts(self) -> list[str]:
        """SONIS itself makes people of its web prospects, as a user of it would; their SONIS IDs."""
        made = []
        for place, row in enumerate(self.rows("SELECT * FROM webps WHERE moved_dt IS NULL")):
            made.append(
                self.add(f"WP{place:07d}", row["first_name"], row["last_name"], row["e_mail"], inquiry_type=" ")
            )
            self.alter(f"UPDATE webps SET moved_dt = '2026-11-20', soc_sec = '{made[-1]}' "
                       f"WHERE webps_rid = '{row['webps_rid']}'")  # fmt: skip
        return made

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _insert(self, table: str, row: tuple[Any, ...]) -> None:
        names = ", ".join(f":v{place}" for place in range(len(row)))
        values = {f"v{place}": value for place, value in enumerate(row)}
        with self.engine.connect() as connection:
            connection.execute(sa.text(f"INSERT INTO {table} VALUES ({names})"), values)

    def add(self, sonis_id: str, first: str, last: str, email: str = "", **more: Any) -> str:
        """A person with one preferred address, one status and a prospect row."""
        status, since = more.pop("status", "PS"), more.pop("since", date(2026, 9, 1))
        flags = (int(more.pop("disabled", 0)), int(more.pop("deceased", 0)), int(more.pop("excl_mailing", 0)))
        self._insert(
            "name",
            (sonis_id.ljust(15), last.ljust(30), first.ljust(30), " ", more.pop("nickname", " "),
             more.pop("birthdate", date(2007, 2, 3)), more.pop("campus", "MAIN").ljust(10), " ", " ", " ", *flags),
        )  # fmt: skip
        self._insert(
            "address",
            (f"A{sonis_id}".ljust(18), sonis_id.ljust(15), "PERM", 1, more.pop("st_addr", "1 Elm St"), "", "",
             more.pop("city", "Nashville"), more.pop("state", "TN"), more.pop("zip_code", "03720"), "US",
             email.ljust(50), more.pop("email2", " "), more.pop("phone", ""), more.pop("cell_phone", ""), "",
             more.pop("text_me", 1)),
        )  # fmt: skip
        self._insert("nmmodst", (sonis_id.ljust(15), status, since))
        self._insert(
            "prospect",
            (sonis_id.ljust(15), more.pop("date_rec", date(2026, 9, 1)), more.pop("hs_grad_year", "2026"),
             more.pop("inquiry_type", "WEB"), more.pop("agency", "Kim Roe"), more.pop("memo1", ""), "", "",
             more.pop("high_school", "Hume-Fogg")),
        )  # fmt: skip
        assert not more, more
        return sonis_id

    def change(self, table: str, sonis_id: str, **values: Any) -> None:
        """Change the person's rows in that table."""
        names = ", ".join(f"{name} = :{name}" for name in values)
        with self.engine.connect() as connection:
            connection.execute(
                sa.text(f"UPDATE {table} SET {names} WHERE RTRIM(soc_sec) = :sonis_id"),
                {**values, "sonis_id": sonis_id},
            )

    def alter(self, statement: str) -> None:
        """Change the tables themselves."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query gives, texts trimmed."""
        with self.engine.connect() as connection:
            return [
                {key: value.strip() if isinstance(value, str) else value for key, value in row.items()}
                for row in connection.execute(sa.text(query)).mappings()
            ]
