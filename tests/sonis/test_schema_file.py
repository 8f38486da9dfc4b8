"""The schema file: names of the institution, parts that it lacks, and what the live database says of it (rule 3.1)."""

from __future__ import annotations

import pytest

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import DATA_POINTS as MAPPED
from sonisbridge.core.filters import Filters
from sonisbridge.sonis.data_points import DATA_POINTS
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.probe import column_places, empty_data_points
from sonisbridge.sonis.schema_file import read_schema, write_schema
from sonisbridge.sonis.tables import DEFAULT
from tests.sonis.school import School


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tables", "not TOML"),
        ("[table]", "'table'"),
        ('[tables]\nadress = "a"', "Did you mean 'address'"),
        ('[columns]\n"name.nick" = "a"', "Did you mean 'name.nickname'"),
        ("[tables]\naddress = 1", "must hold lines such as"),
        ('without = ["name"]', "optional table or column 'name'"),
        ('without = ["address.email"]', "optional table or column 'address.email'"),
        ("without = 1", "must be a list"),
        ("expressions = 1", "must hold lines such as"),
        ('[expressions]\n"name.nickname" = 1', "must be a text, or"),
        ('[expressions]\n"name.nickname" = { join = [] }', "must be a text, or"),
        ('[expressions]\n"name.nickname" = { join = ["a"], by = "" }', "must be a text, or"),
        ('[expressions]\n"name.nickname" = "\'x\'"', "uses no column"),
        ('[expressions]\n"name.sonis_id" = "a"', "a column and no expression: rows are found by it"),
        ('[expressions]\n"webps.memo1" = "a"', "web prospects are written"),
        ('[columns]\n"name.nickname" = "a"\n[expressions]\n"name.nickname" = "b"', r"in \[columns\] and in"),
        ('[columns]\n"name.nickname" = "SSN"', "never read"),
        ('[expressions]\n"name.nickname" = "UPPER([pin])"', "never read"),
    ],
)
def test_a_wrong_schema_file_is_said_in_one_sentence(text: str, says: str):
    with pytest.raises(WrongSettingsError, match=says):
        read_schema(text)


def test_the_names_of_the_field_mapping_can_be_used():
    schema = read_schema('[columns]\n"approg.progentry_date" = "entry_date"\n"address.zip" = "postcode"')
    assert schema.columns == {("approg", "entry_date"): "entry_date", ("address", "zip_code"): "postcode"}
    assert set(DATA_POINTS) == {point.key for point in MAPPED}


def test_a_whole_schema_file_read_again_is_the_same():
    schema = read_schema(
        'without = ["refby", "nmmodst.since"]\n[tables]\naddress = "dbo.adr"\n[columns]\n"name.sonis_id" = "id"\n'
        '"name.privacy_hold" = "ferpa"\n[expressions]\n"name.nickname" = "UPPER(nick)"\n'
        '"address.city" = { join = ["a", "b"], with = ", " }'
    )
    again = read_schema(write_schema(schema))
    assert write_schema(again) == write_schema(schema)
    assert (again.expressions, again.without) == (schema.expressions, schema.without)
    assert read_schema(write_schema(DEFAULT)).without == DEFAULT.without


def test_everything_that_a_school_may_lack_can_be_left_out(school: School):
    school.person("A1")
    school.address("A1", "1", e_mail="ada@example.edu")
    school.add("nmmodst", soc_sec="A1", mod_stat="ST")
    for table in ("prospect", "nmrefby", "approg", "webps"):
        school.run(f"DROP TABLE {table}")
    school.run("ALTER TABLE name DROP COLUMN nickname")
    school.run("ALTER TABLE name DROP COLUMN deceased")
    text = 'without = ["prospect", "nmrefby", "approg", "webps", "name.nickname", "name.deceased"]'
    sonis = Sonis(school.url, read_schema(text))
    assert sonis.findings() == []
    (person,) = sonis.people()
    assert (person.nickname, person.deceased, person.programs, person.inquiry.agency) == ("", False, (), "")
    assert [one.status for one in sonis.identities()] == ["ST"]
    assert list(sonis.waiting_prospects()) == []
    assert list(sonis.people(Filters(program=("BIO",)))) == list(sonis.people(Filters(agency=("Kim",)))) == []
    assert sonis.filter_problems(Filters(agency=("Kim",), refer_by=("X",))) == [
        "This SONIS keeps no agency: the schema file leaves 'prospect.agency' out.",
        "This SONIS keeps no refer-by: the schema file leaves 'nmrefby.code' out.",
    ]
    sonis.close()


def test_a_probe_says_where_each_column_is_and_what_would_be_empty(school: School):
    school.person("A1", nickname=" ", birthdate="1900-01-01")
    school.address("A1", "1", e_mail="ada@example.edu")
    school.address("A1", "2", e_mail=" ")
    school.run("ALTER TABLE name RENAME COLUMN camp_cod TO campus_code")
    places = {place.column: place for place in column_places(school.sonis)}
    assert (places["address.email"].filled, places["address.email"].sampled) == (1, 2)
    assert places["address.email"].physical == places["address.email"].usual == "address.e_mail"
    campus = places["name.campus"]
    assert (campus.state, campus.near[0]) == ("missing", "campus_code")
    assert places["name.privacy_hold"].state == "left out"
    empty = empty_data_points(list(places.values()))
    assert {"name.nickname", "name.birthdate", "address.email2", "address.street"} <= set(empty)
    assert not {"name.first_name", "address.email", "prospect.agency"} & set(empty), "no row, no judgement"
