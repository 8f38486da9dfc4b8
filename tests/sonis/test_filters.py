"""Which people the filters name (rule 16)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sonisbridge.core.filters import Filters
from tests.sonis.school import School


@pytest.fixture
def three(school: School) -> School:
    """A1 and A2 differ in everything; A3 has the name row alone."""
    for number, code in ((1, "X"), (2, "Y")):
        key = f"A{number}".ljust(15)
        of_name = {
            "camp_cod": f"C{code}".ljust(10),
            "div_cod": f"D{code}",
            "dept_cod": f"E{code}",
            "level_": f"L{code}",
        }
        school.person(key, **of_name)
        school.add("nmmodst", soc_sec=key, mod_stat=("PS", "ST")[number - 1])
        school.add("nmrefby", soc_sec=key, refer_by=f"R{code}".ljust(10))
        more: dict[str, Any] = {"sch_year": f"20262{number}", "semester": f"{number} "}
        school.program(key, f"P{number}", f"P{code}", progentry_date=f"2027-0{number}-10", **more)
        prospect = {"inqtypecod": f"I{code}", "agency": f" Kim {code} ", "date_rec": f"2026-0{number}-10"}
        school.add("prospect", soc_sec=key, **prospect)
    school.person("A3")
    return school


_EACH = {
    "sonis_id": ("A1", "A2"), "status": ("PS", "ST"), "campus": ("CX", "CY"), "division": ("DX", "DY"),
    "department": ("EX", "EY"), "level": ("LX", "LY"), "program": ("PX", "PY"), "school_year": ("202621", "202622"),
    "semester": ("1", "2"), "inquiry_type": ("IX", "IY"), "agency": ("Kim X", "Kim Y"), "refer_by": ("RX", "RY"),
}  # fmt: skip


def test_each_filter_alone_and_or_within_it(three: School):
    assert three.ids() == {"A1", "A2", "A3"}
    for name, (first, second) in _EACH.items():
        assert three.ids(**{name: (first,)}) == {"A1"}, name
        assert three.ids(**{name: (f" {second} ",)}) == {"A2"}, name
        assert three.ids(**{name: (first, second)}) == {"A1", "A2"}, name


def test_filters_hold_together(three: School):
    assert three.ids(status=("PS",), campus=("CX",), refer_by=("RX",), agency=("Kim X",)) == {"A1"}
    assert three.ids(status=("PS",), campus=("CY",)) == set()


def test_both_ends_of_a_range_are_in_it(three: School):
    day = date(2026, 1, 10)
    assert three.ids(received_from=day, received_to=day) == {"A1"}
    assert three.ids(received_from=date(2026, 1, 11)) == {"A2"}
    assert three.ids(received_to=date(2026, 2, 9)) == {"A1"}
    assert three.ids(entry_from=date(2027, 2, 10)) == {"A2"}
    assert three.ids(entry_to=date(2027, 2, 9)) == {"A1"}
    assert three.ids(entry_to=date.max) == {"A1", "A2"}


def test_program_filters_must_hold_on_one_enabled_row(three: School):
    three.program("A1".ljust(15), "P9", "PY", sch_year="202630", semester="3", disabled=0)
    three.program("A2".ljust(15), "P8", "PZ", sch_year="202630", semester="3", disabled=1)
    assert three.ids(program=("PY",), semester=("3",)) == {"A1"}
    assert three.ids(program=("PX",), semester=("3",)) == set()
    assert three.ids(program=("PZ",)) == set()


def test_an_unknown_value_is_named_with_a_few_that_exist(three: School):
    three.add("campus", camp_cod="NEW", camp_txt="New", disabled=0)
    filters = Filters(campus=("NEW", "CX", "NOPE"), agency=("Kim X", "Kim Q"))
    assert three.sonis.filter_problems(filters) == [
        "SONIS knows no campus 'NOPE': there are CX, CY, NEW.",
        "SONIS knows no agency 'Kim Q': there are Kim X, Kim Y.",
    ]


def test_thousands_of_ids_are_read_in_chunks(three: School):
    ids = ["A2", "A1", *(f"Z{number}" for number in range(3000))]
    assert [person.sonis_id for person in three.sonis.people_by_id(ids)] == ["A1", "A2"]


def test_people_are_counted_without_being_read(three: School):
    three.add("nmmodst", soc_sec="A1".ljust(15), mod_stat="AP")
    three.add("nmmodst", soc_sec="A3", mod_stat="CO")
    assert three.sonis.count() == 2
    assert three.sonis.count(Filters(campus=("CX", "CY"), program=("PX",))) == 1
    assert three.sonis.count(Filters(sonis_id=("A3",))) == 0


def test_every_filter_of_codes_offers_what_can_be_asked_for(three: School):
    three.add("campus", camp_cod="NEW", camp_txt="New campus", disabled=0)
    choices = three.sonis.filter_choices()
    assert set(choices) == set(_EACH) - {"sonis_id", "agency"}
    assert choices["campus"] == {"NEW": "New campus"}
    assert choices["school_year"] == {"202621": "202621", "202622": "202622"}
