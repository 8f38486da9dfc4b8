"""What is read of people (rules 3.1 to 3.3)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import islice

import pytest

from sonisbridge.core.person import SonisId, StatusHeld, chosen_address
from sonisbridge.sonis import people as pages
from sonisbridge.sonis.people import PersonRows
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


def marks(school: School) -> dict[str, str]:
    return {rows.sonis_id: rows.mark() for page in school.sonis.people_pages() for rows in page.rows()}


def a_person_with_all(school: School, key: str) -> None:
    school.person(key, first_name="Zoë", birthdate=date(2007, 2, 3))
    school.address(key, f"1{key}", city="Rome")
    school.address(key, f"2{key}", city="Oslo")
    school.add("nmmodst", soc_sec=key, mod_stat="ST", stat_date=date(2026, 9, 1))
    school.program(key, f"1{key}", "BIO")
    school.add("nmrefby", soc_sec=key, refer_by="FAIR")
    school.add("prospect", soc_sec=key, agency="Kim", date_rec=date(2026, 9, 1))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE name SET first_name = 'Zoe'",
        "UPDATE name SET nickname = 'Zo'",
        "UPDATE name SET birthdate = '2007-02-04'",
        "UPDATE name SET disabled = 1",
        "UPDATE address SET city = 'Bergen' WHERE addr_rid = '2A1'",
        "UPDATE address SET e_mail2 = 'z@example.edu' WHERE addr_rid = '2A1'",
        "UPDATE nmmodst SET mod_stat = 'AL'",
        "UPDATE nmmodst SET stat_date = '2026-09-02'",
        "UPDATE approg SET ranking = 7",
        "UPDATE prospect SET agency = 'Lee'",
        "DELETE FROM nmrefby",
        "DELETE FROM address WHERE addr_rid = '1A1'",
        "INSERT INTO nmmodst (soc_sec, mod_stat) VALUES ('A1', 'AL')",
    ],
)
def test_any_change_of_a_persons_rows_gives_them_another_mark(school: School, change: str):
    a_person_with_all(school, "A1")
    before = marks(school)
    assert marks(school) == before
    school.run(change)
    assert marks(school)["A1"] != before["A1"]


def test_the_mark_does_not_depend_on_the_order_of_rows_or_on_others(school: School):
    def address(rid: str, city: str | None) -> tuple[object, ...]:
        return ("A1", rid, 0, "", "", "", city, *[None] * 8)

    one = PersonRows(SonisId("A1"), ("A1", "Zoë"), [address("1", "Rome"), address("2", None)], [], [], [])
    other = PersonRows(SonisId("A1"), ("A1", "Zoë"), [address("2", None), address("1", "Rome")], [], [], [])
    assert one.mark() == other.mark()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""), ("1", 1), (1, 1.0), (date(2026, 9, 1), "2026-09-01"), (date(2026, 9, 1), "datetime.date(2026, 9, 1)"),
        (Decimal(1), 1), (Decimal(1), "Decimal('1')"), (b"a", "a"), (True, 1), ("a ", "a"),
        (datetime(2026, 9, 1), date(2026, 9, 1)),
    ],
)  # fmt: skip
def test_cells_that_differ_in_kind_alone_give_different_marks(one: object, other: object):
    def mark(cell: object) -> str:
        return PersonRows(SonisId("A1"), ("A1", cell), [], [], [], []).mark()

    assert mark(one) == mark(one)
    assert mark(one) != mark(other)


def test_a_row_of_one_table_is_never_taken_for_one_of_another():
    empty: list[tuple[object, ...]] = []
    row = [("A1", "X")]
    found = {
        PersonRows(SonisId("A1"), ("A1",), *tables).mark()
        for tables in ((row, empty, empty, empty), (empty, row, empty, empty), (empty, empty, row, empty))
    }
    assert len(found) == 3
