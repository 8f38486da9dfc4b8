"""The sample school as rows: padded, with '' and blanks and 0 where another database would say NULL."""

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from sonisbridge.sandbox.sample_people import (
    CAMPUSES,
    DEPARTMENTS,
    DIVISIONS,
    INQUIRY_TYPES,
    LEVELS,
    PROGRAMS,
    REFER_BY,
    TODAY,
    People,
    SamplePerson,
    plain,
)

Rows = dict[str, list[tuple[Any, ...]]]
_STATUSES = (
    ("PS", "Prospect"), ("OA", "Online Applicant"), ("AP", "Applicant"), ("ST", "Student"), ("CE", "Continuing Education"),
    ("AL", "Alumni"), ("WD", "Withdrawn"), ("FA", "Faculty"), ("SF", "Staff"), ("CO", "Constituent"),
)  # fmt: skip
_STATES = (
    ("TN", "Tennessee"), ("GA", "Georgia"), ("KY", "Kentucky"), ("MA", "Massachusetts"), ("NJ", "New Jersey"),
    ("AL", "Alabama"),
)  # fmt: skip
_NO_TEXT = 700
"""One person in so many has a code that no code table knows."""


class RowMaker:
    """Turns people into rows, with one seed's untidiness."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed + 1)
        self._rid = count(1)
        self.rows: Rows = {
            name: []
            for name in ("name", "address", "nmmodst", "prospect", "nmrefby", "approg", "webps")
        }  # fmt: skip

    def code_tables(self) -> Rows:
        """Every code table."""
        tables = {
            "campus": CAMPUSES, "division": DIVISIONS, "dept": DEPARTMENTS, "level_": LEVELS, "modstat": _STATUSES,
            "inqtype": INQUIRY_TYPES, "refby": REFER_BY, "semester": (("1", "Fall"), ("2", "Spring"), ("3", "Summer")),
            "program": PROGRAMS,
        }  # fmt: skip
        wide = {"modstat": 2, "semester": 2}
        rows: Rows = {
            name: [(code.ljust(wide.get(name, 10)), text, 0) for code, text in pairs] for name, pairs in tables.items()
        }
        rows["state"] = list(_STATES)
        return rows

    def add(self, person: SamplePerson) -> None:
        """Every row of one person."""
        key = person.sonis_id.ljust(15)
        dice, rows = self._dice, self.rows
        rows["name"].append(
            (
                key, person.last.ljust(30), person.first.ljust(30), self._blank(dice.choice(("", "", "J")), 1),
                self._blank(person.nickname, 30), person.birthdate or None, dice.choice(CAMPUSES)[0].ljust(10),
                dice.choice(DIVISIONS)[0].ljust(10), self._blank(dice.choice((*DEPARTMENTS, ("", "")))[0], 10),
                self._blank(dice.choice((*LEVELS, ("", "")))[0], 10), person.disabled, person.deceased, person.excl_mailing,
            )
        )  # fmt: skip
        for status, since in person.statuses:
            rows["nmmodst"].append((key, status, since or None))
        for code in person.refer_by:
            rows["nmrefby"].append((key, code.ljust(10)))
        if not dice.randrange(_NO_TEXT):
            rows["nmrefby"].append((key, "BILLBD".ljust(10)))
        self._add_addresses(key, person)
        self._add_programs(key, person)
        if person.inquiry:
            received, grad_year, kind, agency, memo, school = person.inquiry
            rows["prospect"].append(
                (key, received or None, self._blank(grad_year, 4), self._blank(kind, 10), self._blank(agency, 0),
                 self._blank(memo, 0), None, None, self._blank(school, 0))
            )  # fmt: skip

    def add_strays(self, maker: People, people: list[SamplePerson]) -> None:
        """Rows of nobody, left by merges, and web prospects that wait or were imported."""
        self._address_row("GONE000001".ljust(15), None)
        self.rows["nmmodst"].append(("GONE000001".ljust(15), "PS", None))
        for place in range(len(people) // 200 + 4):
            first, last = maker.name()
            moved = place % 4 == 3
            became = people[place % len(people)].sonis_id if moved and place % 8 == 3 else ""
            submitted = TODAY - timedelta(days=self._dice.randrange(60))
            self.rows["webps"].append(
                (
                    f"{submitted:%Y%m%d}7{place:09d}", last.ljust(30), first.ljust(30), None, None, "", None, None,
                    "Springfield".ljust(30), "TN", "37172".ljust(10), self._blank(maker.phone(), 20), self._blank("", 20),
                    f"{plain(last)[:20]}.w{place}@inquiry.example.com".ljust(50), "Fall 2026".ljust(20), self._blank("", 10),
                    self._blank("BIO", 10), None, None, submitted.isoformat(), place % 2,
                    submitted.isoformat() if moved else None, became.ljust(15) if became else None,
                    self._blank("Web form", 20), self._blank("", 20),
                )
            )  # fmt: skip

    def _add_addresses(self, key: str, person: SamplePerson) -> None:
        order = list(person.addresses)
        rids = [next(self._rid) for _row in order]
        pairs = list(zip(rids, order, strict=True))
        self._dice.shuffle(pairs)
        for rid, row in pairs:
            self._address_row(key, row, rid)

    def _address_row(self, key: str, row: Any, rid: int = 0) -> None:
        blank = self._blank
        if row is None:
            self.rows["address"].append(
                (f"2024010100{next(self._rid):08d}", key, "PERM".ljust(10), 1, *[None] * 6, "US", *[None] * 5, 0)
            )
            return
        self.rows["address"].append(
            (
                f"2024010100{rid:08d}", key, row.kind.ljust(10), row.preferred, *(blank(line, 50) for line in row.lines),
                blank(row.city, 30), row.state, row.zip_code.ljust(10), "US", blank(row.email, 50), blank(row.email2, 50),
                blank(row.phone, 20), blank(row.cell_phone, 20), blank("", 20), row.text_me,
            )
        )  # fmt: skip

    def _add_programs(self, key: str, person: SamplePerson) -> None:
        for row in person.programs:
            code = "OLDPRG" if not self._dice.randrange(_NO_TEXT) else row.code
            self.rows["approg"].append(
                (
                    f"2024020200{next(self._rid):08d}", key, code.ljust(10), row.entry or None, self._blank(row.year, 6),
                    row.semester.ljust(2), row.preferred, row.ranking, row.disabled,
                )
            )  # fmt: skip

    def _blank(self, text: str, width: int) -> str | None:
        """The text, padded; for an empty one whatever SONIS happens to hold."""
        if text:
            return text.ljust(width)
        return self._dice.choice((None, "", " ".ljust(width)))


def all_rows(maker: People, people: list[SamplePerson], seed: int) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every table with its rows."""
    making = RowMaker(seed)
    yield from making.code_tables().items()
    for person in _shuffled(people, seed):
        making.add(person)
    making.add_strays(maker, people)
    yield from making.rows.items()


def _shuffled(people: list[SamplePerson], seed: int) -> Iterable[SamplePerson]:
    order = list(people)
    random.Random(seed).shuffle(order)
    return order
