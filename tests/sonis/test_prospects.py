"""Web prospects and the people made of them: never two for one contact (rules 7.3 to 7.5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from sonisbridge.core.arrival import Arrival, completed
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import SkipRecordError
from sonisbridge.core.prospect import NewProspect
from sonisbridge.sonis import prospects
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.new_ids import new_sonis_id
from tests.sonis.school import School

TODAY = date(2026, 11, 23)
ANN = NewProspect(
    contact_id=ContactId("77"),
    first_name="Ann",
    last_name="O'Neil",
    email="ann@example.com",
    submitted=date(2026, 11, 1),
    city="Nashville",
    refer_by="WEB",
    program="BIO",
    inquiry_type="ACTIVECAMP",
    email2="ann@work.example.com",
    agency="Kim Roe",
    hs_grad_year="2027",
    text_me=True,
    birthdate=date(2008, 5, 6),
)


def test_a_prospect_waits_and_done_twice_is_there_once(school: School):
    assert school.sonis.add_prospect(ANN) == ANN.row_id
    assert school.sonis.add_prospect(ANN) is None
    (waiting,) = school.sonis.waiting_prospects()
    assert (waiting.row_id, waiting.contact_id, waiting.sonis_id) == ("202611010000000077", "77", "")
    assert (waiting.first_name, waiting.email, waiting.program) == ("Ann", "ann@example.com", "BIO")


def test_conversion_makes_the_person_once(school: School):
    school.sonis.add_prospect(ANN)
    waiting = school.sonis.arrival(ANN.row_id)
    assert isinstance(waiting, Arrival)
    given = completed(waiting, ANN)
    made = school.sonis.convert(ANN.row_id, given, today=TODAY)
    assert school.sonis.convert(ANN.row_id, given, today=TODAY) == made
    assert school.sonis.arrival(ANN.row_id) == made
    person = school.only()
    assert (person.sonis_id, person.last_name, person.birthdate) == (made, "O'Neil", date(2008, 5, 6))
    assert [(row.code, row.since) for row in person.statuses] == [("PS", TODAY)]
    assert (person.addresses[0].email, person.addresses[0].preferred) == ("ann@example.com", True)
    assert (person.inquiry.inquiry_type, person.inquiry.date_received) == ("ACTIVECAMP", ANN.submitted)
    assert (person.refer_by, person.programs[0].code) == (("WEB",), "BIO")
    assert (person.addresses[0].email2, person.addresses[0].text_me) == ("ann@work.example.com", True)
    assert (person.inquiry.agency, person.inquiry.hs_grad_year) == ("Kim Roe", "2027")
    (moved,) = school.sonis.waiting_prospects()
    assert moved.sonis_id == made


def test_direct_mode_makes_the_whole_person_once(school: School):
    made = school.sonis.add_person(ANN, today=TODAY)
    assert school.sonis.add_person(ANN, today=TODAY) == made
    person = school.only()
    assert (person.addresses[0].email2, person.addresses[0].text_me) == ("ann@work.example.com", True)
    assert (person.inquiry.agency, person.inquiry.hs_grad_year) == ("Kim Roe", "2027")
    assert school.count("webps") == school.count("address") == 1


def test_direct_mode_after_staging_converts_what_waits(school: School):
    school.sonis.add_prospect(ANN)
    made = school.sonis.add_person(ANN, today=TODAY)
    assert school.only().sonis_id == made
    assert school.count("webps") == 1


@pytest.mark.parametrize("way", ["convert", "add_person"])
def test_racing_makes_one_person(school: School, way: str):
    for number in range(5):
        one = replace(ANN, contact_id=ContactId(str(number + 1)))
        school.sonis.add_prospect(one) if way == "convert" else None
        racers = [Sonis(school.url) for _ in range(3)]

        def race(sonis: Sonis, one: NewProspect = one) -> str:
            return sonis.convert(one.row_id) if way == "convert" else sonis.add_person(one)

        with ThreadPoolExecutor(3) as pool:
            made = set(pool.map(race, racers))
        for racer in racers:
            racer.close()
        assert len(made) == 1
        assert school.count("name") == school.count("webps") == school.count("nmmodst") == number + 1


@pytest.mark.parametrize("way", ["convert", "add_person"])
def test_a_person_is_there_whole_or_not_at_all(school: School, way: str, monkeypatch):
    if way == "convert":
        school.sonis.add_prospect(ANN)
    before = school.count("webps")
    whole = prospects._insert

    def dies(connection, open_one, name, values):
        if name == "nmmodst":
            raise KeyboardInterrupt
        whole(connection, open_one, name, values)

    monkeypatch.setattr(prospects, "_insert", dies)
    with pytest.raises(KeyboardInterrupt):
        school.sonis.convert(ANN.row_id) if way == "convert" else school.sonis.add_person(ANN)
    assert [school.count(table) for table in ("name", "address", "prospect", "webps")] == [0, 0, 0, before]
    monkeypatch.setattr(prospects, "_insert", whole)
    made = school.sonis.convert(ANN.row_id) if way == "convert" else school.sonis.add_person(ANN)
    assert school.only().sonis_id == made


def test_a_taken_sonis_id_is_never_given_again(school: School, monkeypatch):
    ids = iter(["ON0000001", "ON0000001", "ON0000002", "ON0000003"])
    monkeypatch.setattr(prospects, "new_sonis_id", lambda _last: next(ids))
    school.person("ON0000001".ljust(15))
    assert school.sonis.add_person(ANN) == "ON0000002"


def test_a_sonis_id_that_is_taken_at_the_last_moment_is_replaced(school: School, monkeypatch):
    ids = iter(["ON0000001", "ON0000002"])
    monkeypatch.setattr(prospects, "_free_sonis_id", lambda *_given: next(ids))
    school.person("ON0000001")
    assert school.sonis.add_person(ANN) == "ON0000002"
    assert school.count("webps") == 1


def test_text_that_is_too_long_never_reaches_sonis(school: School):
    with pytest.raises(SkipRecordError, match="longer than SONIS's column webps") as caught:
        school.sonis.add_prospect(replace(ANN, city="N" * 31))
    assert "NNN" not in str(caught.value)
    assert school.count("webps") == 0


def test_rows_of_other_sources_wait_too(school: School):
    school.waiting("1", source="Web form", source_id="5")
    school.waiting("2", moved_dt="1900-01-01")
    school.waiting("3", moved_dt="2026-11-02", soc_sec="AB1".ljust(15))
    school.waiting("4", moved_dt="2026-11-02")
    found = [(row.row_id, row.contact_id, row.sonis_id) for row in school.sonis.waiting_prospects()]
    assert found == [("1", "", ""), ("2", "", ""), ("3", "", "AB1")]
    assert school.sonis.convert("2", today=TODAY).startswith("ON")
    assert school.sonis.convert("3") == "AB1"
    for row_id, says in (("4", "without saying whom"), ("99", "There is no web prospect 99")):
        with pytest.raises(SkipRecordError, match=says):
            school.sonis.convert(row_id)


@pytest.mark.parametrize(
    ("last", "letters"), [("O'Neil", "ON"), ("Núñez", "NU"), ("Đ", "XX"), ("x", "XX"), ("李", "XX")]
)
def test_a_new_sonis_id_begins_with_two_letters_of_the_last_name(last: str, letters: str):
    made = new_sonis_id(last)
    assert made[:2] == letters
    assert len(made) == 9
    assert made[2:].isdecimal()
