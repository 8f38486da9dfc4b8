"""SONIS by files: an extract is whole or refused, and a web prospect is written once (docs/sonis.md, section 7)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.filters import Filters
from sonisbridge.core.prospect import NewProspect
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT

LEAN = """
without = ["nmrefby", "name.campus", "name.division", "name.department", "name.level", "name.excl_mailing", "name.deceased",
  "address.street2", "address.street3", "address.country", "address.email2", "address.cell_phone", "approg.ranking",
  "prospect.memo1", "prospect.agency"]
"""
NAME = "soc_sec,last_name,first_name,nickname,birthdate,disabled,PIN\nAB1,Byron,Ada,,2007-02-03,0,1234\nAB2,Lima,Ana,,,1,9\n"
ADDRESS = (
    "addr_rid;soc_sec;preferred;st_addr;city;state;zip;e_mail;phone;text_me\n"
    '1;AB1;true;"1 Elm St; Apt 2";Übach;TN;03720;ada@example.edu;;1\n'
)
OTHERS = {
    "nmmodst": "soc_sec,mod_stat,stat_date\nAB1,ST,2026-09-01 00:00:00\nAB2,PS,\n",
    "prospect": "soc_sec,date_rec,hs_grad_year,inqtypecod,undergrd_attnd\nAB1,2026-09-01,2026,WEB,Hume\n",
    "approg": (
        "app_rid,soc_sec,prg_cod,progentry_date,sch_year,semester,preferred,disabled\n7,AB1,BIO,2027-08-20,202728,1,1,0\n"
    ),
}
NEW = NewProspect(
    contact_id=ContactId("77"), first_name="Ínés", last_name="=O'Neil", email="ann@example.com", submitted=date(2026, 11, 1),
    birthdate=date(2008, 5, 6), phone="+16155550100", memo1='a "b", c\nd',
)  # fmt: skip
Open = Callable[..., Sonis]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An extract of two people."""
    for name, text in {"name": NAME, "address": ADDRESS, **OTHERS}.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Opens the extract."""
    made: list[Sonis] = []

    def open_it(query: str = "", schema: str = LEAN) -> Sonis:
        made.append(Sonis(f"files://{folder}{query}", read_schema(schema) if schema else DEFAULT))
        return made[-1]

    yield open_it
    for sonis in made:
        sonis.close()


def test_people_are_read_from_csv_files_of_any_delimiter(opened: Open):
    sonis = opened()
    assert {item.severity for item in sonis.findings()} == {"warning"}, "code tables are optional"
    ada, ana = sonis.people()
    assert (ada.sonis_id, ada.birthdate, ada.disabled, ana.disabled) == ("AB1", date(2007, 2, 3), False, True)
    address = ada.addresses[0]
    assert (address.street[0], address.city, address.zip_code) == ("1 Elm St; Apt 2", "Übach", "03720")
    assert (address.preferred, address.text_me) == (True, True)
    assert ada.programs[0].entry_date == date(2027, 8, 20)
    assert [person.status for person in sonis.identities()] == ["ST", "PS"]
    assert [person.sonis_id for person in sonis.people(Filters(program=("bio",)))] == ["AB1"]
    assert not sonis.converts
    assert sonis.excess_rights() == []


def test_people_are_read_from_a_workbook(folder: Path, opened: Open):
    book = openpyxl.Workbook()
    for name, text in {"Name": NAME, "address": ADDRESS.replace(";", ","), **OTHERS}.items():
        sheet = book.create_sheet(name)
        for row in csv.reader(text.replace('"1 Elm St, Apt 2"', "1 Elm St").splitlines()):
            sheet.append(
                [
                    datetime(2007, 2, 3) if cell == "2007-02-03" else int(cell) if cell == "2026" else cell
                    for cell in row
                ]
            )
    book.save(folder / "sonis.xlsx")
    ada, _ana = opened().people()
    assert (ada.birthdate, ada.inquiry.hs_grad_year, ada.addresses[0].zip_code) == (date(2007, 2, 3), "2026", "03720")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("name", "", "name.csv is empty"),
        ("name", NAME[:-5], "does not end with a whole line"),
        ("name", NAME + "AB3,X\n", "has 2 cells in row 4 and 7 columns"),
        ("name", NAME + 'AB3,"X\n', "is cut short or no CSV"),
        ("name", "a,b\n1,2\n", "has none of the columns"),
        ("name", "soc_sec,SOC_SEC\n1,2\n", "names the column 'SOC_SEC' twice"),
        ("name", NAME.splitlines()[0] + "\n", "holds 0 people"),
        ("name", NAME.replace("2007-02-03", "02/03/2007"), "can be read in two ways"),
        ("sonis", "x", ""),
    ],
)
def test_an_extract_that_is_not_whole_is_refused(folder: Path, opened: Open, name: str, text: str, says: str):
    if name == "sonis":
        (folder / "sonis.xlsx").write_text(text)
        says = "is cut short or no workbook"
    else:
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(StopRunError, match=says):
        opened()


def test_an_extract_that_lost_half_of_its_people_is_refused_until_it_is_meant(folder: Path, opened: Open):
    more = "".join(f"AC{number},Lima,Ana,,,0,\n" for number in range(4))
    (folder / "name.csv").write_text(NAME + more, encoding="utf-8")
    opened()
    (folder / "name.csv").write_text(NAME, encoding="utf-8")
    with pytest.raises(StopRunError, match="it looks cut"):
        opened()
    (folder / "web-prospects" / "last-extract.json").unlink()
    assert len(list(opened().people())) == 2


@pytest.mark.parametrize(("order", "day"), [("mdy", date(2007, 2, 3)), ("dmy", date(2007, 3, 2))])
def test_days_are_read_in_the_order_that_the_address_names(folder: Path, opened: Open, order: str, day: date):
    (folder / "name.csv").write_text(NAME.replace("2007-02-03", "2/3/2007 0:00"), encoding="cp1252")
    assert next(iter(opened(f"?dates={order}").people())).birthdate == day


def test_what_the_extract_lacks_is_named(folder: Path, opened: Open):
    (folder / "address.csv").unlink()
    with pytest.raises(StopRunError, match="SONIS has no table 'address'"):
        list(opened().people())
    (folder / "name.csv").unlink()
    with pytest.raises(StopRunError, match="There is no extract"):
        opened()


def test_a_web_prospect_is_written_once_and_waits_until_it_is_a_person(folder: Path, opened: Open):
    sonis = opened()
    assert sonis.add_prospect(NEW) == NEW.row_id
    assert sonis.add_prospect(NEW) is None
    again = opened()
    assert again.add_prospect(NEW) is None
    (waiting,) = again.waiting_prospects()
    assert (waiting.row_id, waiting.contact_id, waiting.last_name) == (NEW.row_id, "77", "=O'Neil")
    assert waiting.submitted == NEW.submitted
    (file,) = (folder / "web-prospects").glob("*.csv")
    (row,) = csv.DictReader(file.open(encoding="utf-8", newline=""))
    assert (row["last_name"], row["phone"], row["memo1"]) == ("'=O'Neil", "+16155550100", 'a "b", c\nd')
    assert oct(file.stat().st_mode)[-3:] == "600"
    (folder / "name.csv").write_text(NAME + "AB3,=O'Neil,Ínés,,,0,\n", encoding="utf-8")
    (folder / "address.csv").write_text(ADDRESS + "2;AB3;1;;;;;ANN@example.com;;0\n", encoding="utf-8")
    assert list(opened().waiting_prospects()) == []


def test_a_line_that_a_kill_cut_is_written_anew(folder: Path, opened: Open):
    opened().add_prospect(NEW)
    (file,) = (folder / "web-prospects").glob("*.csv")
    whole = file.read_bytes()
    other = replace(NEW, contact_id=ContactId("78"))
    opened().add_prospect(other)
    with_both = file.read_bytes()
    file.write_bytes(with_both[: len(whole) + 9])
    assert opened().add_prospect(NEW) is None
    assert opened().add_prospect(other) == other.row_id
    assert file.read_bytes() == with_both


def test_a_blank_key_in_a_child_table_belongs_to_nobody(folder: Path, opened: Open):
    (folder / "address.csv").write_text(ADDRESS + "2; ;1;;;;;nobody@example.edu;;0\n", encoding="utf-8")
    assert [person.all_emails for person in opened().identities()] == [("ada@example.edu",), ()]


@pytest.mark.parametrize("url", ["files://", "files://host/x", "files:///x?dates=ymd"])
def test_an_address_that_is_none_says_what_a_good_one_is(url: str):
    with pytest.raises(WrongSettingsError, match="files:///srv/sonis-extract"):
        Sonis(url)
    with pytest.raises(StopRunError, match="there is no folder"):
        Sonis("files:///no/such/folder")
