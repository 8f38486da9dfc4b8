"""An extract of a school, as SONIS's own reports would write it."""

from __future__ import annotations

import csv
from pathlib import Path

import sqlalchemy as sa

from tests.flows.school import School

TABLES = (
    "name", "address", "nmmodst", "prospect", "nmrefby", "approg", "program", "semester", "inqtype", "refby", "modstat",
    "state", "campus", "division", "dept", "level_",
)  # fmt: skip


class Extract:
    """A folder with a CSV file for each table but that of the web prospects."""

    def __init__(self, school: School, folder: Path) -> None:
        self.folder = folder
        self.url = f"files://{folder}"
        self._school = school
        folder.mkdir()

    def write(self) -> None:
        """Make it anew; somebody who is nobody keeps an empty school from looking cut."""
        with self._school.engine.connect() as connection:
            for table in TABLES:
                found = connection.execute(sa.text(f"SELECT * FROM {table}"))
                names = list(found.keys())
                rows = [["" if value is None else value for value in row] for row in found]
                if table == "name":
                    rows.append(["ZZ0", "Nobody", "Nil", *[""] * (len(names) - 6), 1, 0, 0])
                with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.writer(file)
                    writer.writerow(names)
                    writer.writerows(rows)
