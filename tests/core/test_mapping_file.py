"""The mapping as a TOML file: what is read, what is refused and why, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.contact import ContactFields, FieldId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.labels import TRANSLATED
from sonisbridge.core.mapping_file import read_mapping, write_mapping
from tests.builders import a_field, the_fields, the_mapping, usual_id

NICKNAME = FieldId(usual_id("Preferred Name"))


def row(data_point="name.nickname", contact_field="Preferred Name", more=""):
    return f'[[mapping]]\ndata_point = "{data_point}"\ncontact_field = "{contact_field}"\n{more}\n'


@pytest.mark.parametrize(
    "spelling", ["Preferred Name", "preferred name ", "%PREFERREDNAME%", "%preferredname%", f"id:{NICKNAME}"]
)
def test_a_field_is_named_by_title_tag_or_id(spelling):
    (found,) = read_mapping(row(contact_field=spelling), the_fields()).rows
    assert found == FieldMappingRow(data_point="name.nickname", field_id=NICKNAME, write_rule=WriteRule.ALWAYS)


def test_a_write_rule_may_be_chosen():
    (found,) = read_mapping(row(more='write_rule = "if_empty"'), the_fields()).rows
    assert found.write_rule is WriteRule.IF_EMPTY


def test_the_exact_title_wins_over_one_in_other_case():
    fields = ContactFields([a_field("Rep", field_id="1"), a_field("REP", field_id="2")])
    (found,) = read_mapping(row(contact_field="REP"), fields).rows
    assert found.field_id == "2"


def test_translations_are_read_with_or_without_quotes():
    text = """
        [translate.modstat]
        PS = " Lead "
        [translate.approg.term]
        1 = "Autumn"
        [translate."approg.prg_cod"]
        BIO = "Biology"
    """
    assert read_mapping(text, the_fields()).translations == {
        "modstat": {"PS": "Lead"},
        "approg.term": {"1": "Autumn"},
        "approg.prg_cod": {"BIO": "Biology"},
    }


def test_an_empty_file_is_an_empty_mapping():
    assert read_mapping("", the_fields()) == FieldMapping()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[mapping]\n", "line 1"),
        ("a = " + "[" * 10_000, "not TOML"),
        ("mapping = 3", "[[mapping]]"),
        ('[mapping]\ndata_point = "modstat"', "[[mapping]]"),
        ("mapping = [3]", "Row 1 of the mapping file is not a table"),
        ("[[mappings]]", "unknown key 'mappings'"),
        (row() + row("name.nicknam"), "Row 2 of the mapping file names 'name.nicknam'"),
        (row("name.nicknam"), "'name.nickname'"),
        (row("zzz"), "use one of prospect.hs_grad_year"),
        (row(contact_field="Prefered Name"), "'Preferred Name'"),
        (row(contact_field="id:999"), "no contact field"),
        (row(contact_field="%NOTHING%"), "no contact field"),
        (row(contact_field="Twin"), "id:90 or id:91"),
        (row(more='write_rule = "SOMETIMES"'), "ALWAYS, UNLESS_BLANK, IF_EMPTY, ONCE"),
        (row(more="write_rule = 3"), "must be a text"),
        (row(more='rule = "ONCE"'), "unknown key 'rule'"),
        (row(contact_field=" "), "must be a text"),
        ('[[mapping]]\ndata_point = "modstat"', "has no contact_field"),
        ("translate = 3", "[translate.modstat]"),
        ('[translate."address.city"]\nX = "Y"', "no data point that has codes"),
        ("[translate]\nmodstat = 3", "must be a table"),
        ("[translate.modstat]\nPS = 3", "gives 'PS' no label"),
        ('[translate.modstat]\nPS = ""', "gives 'PS' no label"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_mend(text, words):
    fields = the_fields(a_field("Twin", field_id="90"), a_field("Twin", field_id="91"))
    with pytest.raises(WrongSettingsError) as caught:
        read_mapping(text, fields)
    message = str(caught.value)
    assert words in message
    assert message.endswith(".")


def test_the_file_names_fields_by_title_where_that_is_clear():
    fields = the_fields(
        a_field("Twin", field_id="90"), a_field("Twin", field_id="91"), a_field("%ODD%", field_id="92", tag="X")
    )
    rows = tuple(
        FieldMappingRow(data_point="name.nickname", field_id=FieldId(field_id), write_rule=WriteRule.ONCE)
        for field_id in (NICKNAME, "90", "92", "77")
    )
    text = write_mapping(FieldMapping(rows=rows), fields)
    assert text.startswith("[[mapping]]\n")
    assert text.count("[[mapping]]") == 4
    for spelled in ("Preferred Name", "id:90", "id:92", "id:77"):
        assert f'contact_field = "{spelled}"' in text


titles = st.one_of(
    st.sampled_from(["Phone", "Rep", "rep", "%REP%", "id:1", "Email Address", "", "REP"]), st.text(max_size=8)
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(titles, min_size=1, max_size=6), st.data())
def test_what_is_written_reads_back_the_same(names, data):
    fields = ContactFields([a_field(title, field_id=str(number)) for number, title in enumerate(names, start=1)])
    rows = st.builds(
        FieldMappingRow,
        data_point=st.sampled_from([point.key for point in DATA_POINTS]),
        field_id=st.sampled_from([target.field_id for target in fields]),
        write_rule=st.sampled_from(WriteRule),
    )
    tables = st.dictionaries(st.sampled_from(TRANSLATED), st.dictionaries(words, words, min_size=1))
    mapping = FieldMapping(rows=tuple(data.draw(st.lists(rows))), translations=data.draw(tables))
    assert read_mapping(write_mapping(mapping, fields), fields) == mapping


def test_the_default_mapping_survives_the_file():
    mapping = the_mapping(modstat={"PS": "Lead"})
    assert read_mapping(write_mapping(mapping, the_fields()), the_fields()) == mapping
