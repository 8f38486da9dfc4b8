"""What is read of people (rules 3.1 to 3.3)."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from sonisbridge.core.person import StatusHeld, chosen_address
from sonisbridge.sonis import people as pages
from tests.sonis.school import School


@pytest.fixture
def pages_of_two(monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 2)


def test_padding_null_empty_and_blanks_are_the_same(school: School):
    for key, blank in (("A1", None), ("A2", ""), ("A3", "   ")):
        school.person(key.ljust(15), first_name="Zoë".ljust(30), nickname=blank)
        school.address(key.ljust(15), f"R{key}", city=blank, e_mail="zoe@example.com".ljust(50), zip="00501     ")
        school.add("prospect", soc_sec=key.ljust(15), agency=blank, hs_grad_year=blank)
    found = list(school.sonis.people())
    assert [person.sonis_id for person in found] == ["A1", "A2", "A3"]
    for person in found:
        assert (person.first_name, person.nickname, person.inquiry.agency) == ("Zoë", "", "")
        assert (person.addresses[0].city, person.addresses[0].zip_code) == ("", "00501")
        assert person.addresses[0].email == "zoe@example.com"


@pytest.mark.parametrize(("written", "read"), [("0", ""), ("0000", ""), ("2027", "2027"), (" ", "")])
def test_a_graduation_year_of_zero_is_blank(school: School, written: str, read: str):
    school.person("A1")
    school.add("prospect", soc_sec="A1", hs_grad_year=written)
    assert school.only().inquiry.hs_grad_year == read


def test_rows_join_despite_different_padding(school: School):
    school.person("A1")
    school.address("A1".ljust(15), "1", city="Rome")
    school.add("nmmodst", soc_sec="A1".ljust(15), mod_stat="ST")
    school.person("B2".ljust(15))
    school.address("B2", "2", city="Oslo")
    assert [person.addresses[0].city for person in school.sonis.people()] == ["Rome", "Oslo"]
    assert [person.sonis_id for person in school.sonis.people_by_id(["A1", "B2", "none"])] == ["A1", "B2"]


def test_the_choice_never_depends_on_the_order_of_rows(school: School):
    for sonis_id, order in (("A1", (10, 9, 11)), ("B2", (11, 10, 9))):
        school.person(sonis_id)
        for rid in order:
            row = f"{rid}{sonis_id[1]}"
            school.address(sonis_id, row, preferred=int(rid != 11), city=f"C{rid}")
            school.program(sonis_id, row, f"P{rid}")
    one, two = school.sonis.people()
    assert [row.city for row in one.addresses] == [row.city for row in two.addresses]
    assert [row.code for row in one.programs] == [row.code for row in two.programs]
    chosen = chosen_address(one.addresses)
    assert chosen is not None
    assert chosen.city == "C9"


def test_every_status_refer_by_and_program_is_read(school: School):
    school.person("A1", birthdate="1900-01-01")
    school.add("nmmodst", soc_sec="A1", mod_stat="ST", stat_date="2026-02-03")
    school.add("nmmodst", soc_sec="A1", mod_stat="AP")
    for code in ("WEB", "FAIR"):
        school.add("nmrefby", soc_sec="A1", refer_by=code)
    school.program("A1", "1", "BIO", progentry_date="2027-08-24", sch_year="202728", semester="1 ", ranking=0)
    person = school.only()
    assert person.statuses == (StatusHeld(code="AP"), StatusHeld(code="ST", since=date(2026, 2, 3)))
    assert person.refer_by == ("FAIR", "WEB")
    (program,) = person.programs
    assert (program.entry_date, program.school_year, program.semester) == (date(2027, 8, 24), "202728", "1")
    assert program.ranking is None
    assert person.birthdate == date(1900, 1, 1)


def test_rows_of_nobody_are_not_read(school: School):
    school.person("A1")
    school.address("GONE", "1", e_mail="gone@example.com")
    school.add("nmmodst", soc_sec="GONE", mod_stat="PS")
    assert school.only().addresses == ()


@pytest.mark.usefixtures("pages_of_two")
def test_paging_finds_everybody_once_whatever_the_letters(school: School):
    ids = {"aa1", "AB2", "ab3", "Zz4", "000012345", "12-3", "é5", "_6"}
    for place, sonis_id in enumerate(sorted(ids)):
        school.person(sonis_id)
        school.address(sonis_id, str(place), city=sonis_id)
    found = list(school.sonis.people())
    assert sorted(person.sonis_id for person in found) == sorted(ids)
    assert all(person.addresses[0].city == person.sonis_id for person in found)
    assert {person.sonis_id for person in school.sonis.identities()} == ids


@pytest.mark.usefixtures("pages_of_two")
def test_people_who_come_and_go_between_pages_disturb_nobody(school: School):
    for sonis_id in ("B1", "B2", "B3", "B4"):
        school.person(sonis_id)
    reading = school.sonis.people()
    first = [person.sonis_id for person in islice(reading, 2)]
    school.person("A0")
    school.person("B5")
    school.run("DELETE FROM name WHERE soc_sec = 'B3'")
    assert [*first, *(person.sonis_id for person in reading)] == ["B1", "B2", "B4", "B5"]


def test_there_is_no_statement_a_person(school: School):
    for number in range(30):
        school.person(f"A{number:02}")
    statements: list[str] = []
    assert school.sonis.codes().program == {}
    school.sonis.connection.watch(statements.append)
    assert len(list(school.sonis.people())) == 30
    assert len(statements) == 5
    assert not any(secret in " ".join(statements).lower() for secret in ("ssn", "pin", "password"))


def test_an_identity_has_every_address_and_the_chosen_ones(school: School):
    school.person("A1", disabled=1)
    school.address("A1", "2", e_mail="One@Example.com", e_mail2="two@example.com")
    school.address("A1", "10", e_mail="three@example.com", e_mail2=" ", preferred=1)
    school.add("nmmodst", soc_sec="A1", mod_stat="AL")
    (found,) = school.sonis.identities()
    assert (found.email, found.email2, found.status, found.disabled) == ("three@example.com", "", "AL", True)
    assert set(found.all_emails) == {"One@Example.com", "two@example.com", "three@example.com"}


def test_codes_are_trimmed(school: School):
    school.add("program", prg_cod="BIO".ljust(10), prg_txt="Biology ", disabled=1)
    school.add("semester", semester="1 ", sem_txt="Fall", disabled=0)
    codes = school.sonis.codes()
    assert (codes.program, codes.semester) == ({"BIO": "Biology"}, {"1": "Fall"})
