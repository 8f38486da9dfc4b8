"""SONIS over SOAP: reading, web prospects, and what becomes of every fault (docs/sonis.md, section 6)."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest
import sqlalchemy as sa

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import (
    CorrectLoginError,
    RetryLaterError,
    SkipRecordError,
    StopRunError,
    WrongSettingsError,
)
from sonisbridge.core.filters import Filters
from sonisbridge.core.prospect import NewProspect
from sonisbridge.sonis import people
from sonisbridge.sonis.literals import as_text, quoted
from sonisbridge.sonis.probe import column_places
from sonisbridge.sonis.tables import DEFAULT
from tests.soap.conftest import Open
from tests.soap.server import SoapSonis
from tests.sonis.school import School

NEW = NewProspect(
    contact_id=ContactId("77"), first_name="Ínés", last_name="O'Neil", email="Ann@example.com", submitted=date(2026, 11, 1),
    birthdate=date(2008, 5, 6), street=("1 Elm St #5", "", ""), city="Nashville", state="TN", zip_code="03720",
    program="BIO", memo1="#1 of #2; 100% <b>", phone="+16155550100",
)  # fmt: skip


def somebody(school: School) -> None:
    school.person("AB1".ljust(15), first_name="Ada".ljust(30), nickname=" ", birthdate="2007-02-03", camp_cod="MAIN")
    school.address("AB1".ljust(15), "1", preferred=1, e_mail="ada@example.edu".ljust(50), text_me=1, zip="03720")
    school.add("nmmodst", soc_sec="AB1".ljust(15), mod_stat="ST", stat_date="2026-09-01")
    school.program("AB1".ljust(15), "7", "BIO", ranking=1, progentry_date="2027-08-20", sch_year="202728", semester="1")
    school.add("program", prg_cod="BIO", prg_txt="Biology", disabled=0)


@pytest.mark.parametrize("multirefs", [False, True])
def test_people_come_as_from_a_database(school: School, server: SoapSonis, opened: Open, multirefs: bool):
    somebody(school)
    server.multirefs = multirefs
    sonis = opened()
    assert sonis.findings() == []
    assert list(sonis.people()) == list(school.sonis.people())
    assert list(sonis.identities()) == list(school.sonis.identities())
    assert list(sonis.people_by_id(["AB1", "AB2"])) == list(school.sonis.people())
    assert sonis.codes() == school.sonis.codes()
    assert sonis.filter_problems(Filters(program=("NO",))) == school.sonis.filter_problems(Filters(program=("NO",)))
    assert [place.filled for place in column_places(sonis)] == [place.filled for place in column_places(school.sonis)]
    assert sonis.excess_rights() == []


def test_people_come_in_pages_and_filters_are_written_out(
    school: School, server: SoapSonis, opened: Open, monkeypatch: pytest.MonkeyPatch
):
    somebody(school)
    for number in range(2, 6):
        school.person(f"AB{number}".ljust(15), camp_cod="O'M;" if number > 3 else "MAIN")
    monkeypatch.setattr(people, "PAGE", 2)
    sonis = opened()
    assert [person.sonis_id for person in sonis.people()] == ["AB1", "AB2", "AB3", "AB4", "AB5"]
    assert [person.sonis_id for person in sonis.people(Filters(campus=("o'm;",)))] == ["AB4", "AB5"]
    entered = Filters(entry_from=date(2027, 8, 20), entry_to=date(2027, 8, 20), program=("BIO",))
    assert [person.sonis_id for person in sonis.people(entered)] == ["AB1"]
    assert not any(";" in text for text in server.statements)
    assert all(text.startswith("SELECT ") for text in server.statements)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "''"),
        ("AB1", "'AB1'"),
        ("O'Neil", "'O''Neil'"),
        ("a;b", "('a' + NCHAR(59) + 'b')"),
        ("'; DROP TABLE name --", "('''' + NCHAR(59) + ' DROP TABLE name --')"),
        ("#Evaluate(1)#", "(NCHAR(35) + 'Evaluate(1)' + NCHAR(35))"),
        ("é\n\\", "NCHAR(233) + NCHAR(10) + NCHAR(92)"),
        ("😀", "NCHAR(55357) + NCHAR(56832)"),
    ],
)
def test_a_value_is_quoted_so_that_it_stays_one(text: str, written: str):
    assert quoted(text) in (written, f"({written})")


def test_a_character_that_no_text_holds_is_refused():
    with pytest.raises(SkipRecordError):
        quoted("a\0b")


def test_a_statement_is_one_line_without_parameters():
    name = DEFAULT.table("name")
    text, columns = as_text(sa.select(name.c.sonis_id, name.c.birthdate).where(name.c.last_name == "O'Neil").limit(3))
    assert columns == 2
    assert text == (
        "SELECT TOP 3 name.soc_sec AS [C0], convert(VARCHAR(10), name.birthdate, 23) AS [C1] "
        "FROM name WHERE name.last_name = 'O''Neil'"
    )


def test_an_inquiry_is_put_in_by_sonis_itself_once(school: School, server: SoapSonis, opened: Open):
    sonis = opened()
    row_id = sonis.add_prospect(NEW)
    assert row_id is not None
    assert sonis.add_prospect(NEW) is None
    (waiting,) = sonis.waiting_prospects()
    assert (waiting.row_id, waiting.first_name, waiting.email) == (row_id, "Ínés", "Ann@example.com")
    (asked,) = server.inquiries
    assert asked["birthdate"] == "2008-05-06"
    assert asked["st_addr"] == "1 Elm St #5"
    assert asked["memo1"] == "No. 1 of No. 2; 100% <b>", "two hash marks would be an expression"
    assert "source_id" not in asked
    sonis = opened(schema='[columns]\n"webps.source" = "webps_ce1"\n"webps.source_id" = "webps_ce2"')
    for column in ("webps_ce1", "webps_ce2"):
        school.run(f"ALTER TABLE webps ADD {column} VARCHAR(20)")
    school.run("DELETE FROM webps")
    sonis.add_prospect(NEW)
    assert [item.contact_id for item in sonis.waiting_prospects()] == ["77"]


def test_sonis_alone_makes_people(opened: Open):
    sonis = opened()
    assert not sonis.converts
    for make in (lambda: sonis.add_person(NEW), lambda: sonis.convert("1")):
        with pytest.raises(StopRunError, match="SONIS alone makes people"):
            make()


@pytest.mark.parametrize("fault", ["hang up", "html", "500", "cut", "busy", "doctype"])
def test_a_read_that_failed_on_its_way_is_tried_again(school: School, server: SoapSonis, opened: Open, fault: str):
    somebody(school)
    sonis = opened()
    sonis.codes()
    server.faults = [fault, fault]
    assert [person.sonis_id for person in sonis.people()] == ["AB1"]


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        ("hang up", StopRunError, "was not reached"),
        ("html", StopRunError, "gave no SOAP answer"),
        ("busy", RetryLaterError, "too busy"),
        ("error", StopRunError, "refused a statement"),
        ("fault", StopRunError, "refused a statement"),
        ("redirect", StopRunError, "no SOAP interface at that address"),
    ],
)
def test_a_read_that_keeps_failing_stops_the_run_without_a_word_of_the_data(
    server: SoapSonis, opened: Open, fault: str, kind: type[Exception], says: str
):
    sonis = opened()
    assert sonis.findings() == []
    server.faults = [fault] * 9
    with pytest.raises(kind, match=says) as caught:
        list(sonis.people())
    assert "ann@example.com" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_wrong_password_is_sent_once_and_never_again(server: SoapSonis, opened: Open):
    with pytest.raises(CorrectLoginError, match="Nothing is tried again"):
        opened(server.url(password="wrong"))
    assert server.posts == 1
    sonis = opened()
    server.faults = ["login"]
    for _ in range(5):
        with pytest.raises(CorrectLoginError):
            list(sonis.people())
        with pytest.raises(CorrectLoginError):
            sonis.add_prospect(NEW)
    assert server.posts == 3
    assert not server.disabled


@pytest.mark.parametrize("fault", ["401"])
def test_a_refusal_by_the_web_server_is_one_of_the_login(server: SoapSonis, opened: Open, fault: str):
    server.faults = [fault]
    with pytest.raises(CorrectLoginError):
        opened()
    assert server.posts == 1


def test_an_inquiry_whose_answer_was_lost_is_never_sent_twice(server: SoapSonis, opened: Open):
    sonis = opened()
    assert list(sonis.waiting_prospects()) == []
    server.faults = ["", "lost"]
    with pytest.raises(RetryLaterError) as caught:
        sonis.add_prospect(NEW)
    assert caught.value.sent
    assert len(server.inquiries) == 1
    assert sonis.add_prospect(NEW) is None, "the next import finds that it arrived"
    assert len(server.inquiries) == 1


def test_an_inquiry_that_sonis_refuses_is_one_record_s_failure(server: SoapSonis, opened: Open):
    sonis = opened()
    assert list(sonis.waiting_prospects()) == []
    server.faults = ["", "error"]
    with pytest.raises(SkipRecordError, match=r"Contact 77 was refused by SONIS's inquiry method CFC\.addps\.addnewps"):
        sonis.add_prospect(NEW)


def test_a_column_that_goes_missing_is_named(school: School, opened: Open):
    somebody(school)
    sonis = opened()
    assert len(list(sonis.people())) == 1
    school.run("ALTER TABLE name RENAME COLUMN nickname TO nick_name")
    with pytest.raises(StopRunError, match="has no column 'nickname'"):
        list(sonis.people())


@pytest.mark.parametrize(
    "url",
    [
        "soap+https://sonis.example.edu/", "soap+https://amy@sonis.example.edu/", "soap+ftp://a:b@x/", "soap+https://a:b@/",
        "soap+https://a:b@x/?q=1", "soap+https://a:b@x:0/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_says_what_a_good_one_is(opened: Open, url: str):
    with pytest.raises(WrongSettingsError):
        opened(url)


def test_nothing_is_sent_in_the_clear_or_to_this_machine_without_the_switch(server: SoapSonis):
    from sonisbridge.core.network import why_refused_inside
    from sonisbridge.sonis.database import Sonis

    with pytest.raises(StopRunError, match="is on this machine"):
        Sonis(server.url())
    assert server.posts == 0
    assert why_refused_inside("10.1.2.3", secure=True, allow_loopback=False) == ""
    assert "soap\\+https" in why_refused_inside("10.1.2.3", secure=False, allow_loopback=True).replace("+", "\\+")
    assert why_refused_inside("169.254.169.254", secure=True, allow_loopback=False) == "is a reserved network address"
    assert why_refused_inside("::ffff:127.0.0.1", secure=True, allow_loopback=False) != ""


def test_the_fingerprint_is_of_the_server_and_not_of_the_user(server: SoapSonis, opened: Open, school: School):
    assert opened().fingerprint != school.sonis.fingerprint
    assert sqlite3.sqlite_version_info > (3, 35)
