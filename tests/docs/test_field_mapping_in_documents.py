"""The field mapping as the documents show it is the one that the code has (rules 2, 2.2 and 16)."""

from __future__ import annotations

import re

from sonisbridge.core.contact import ContactField, ContactFields, FieldId
from sonisbridge.core.field_mapping import DATA_POINTS, WriteRule
from sonisbridge.core.mapping_file import read_mapping

from .documents import ADMINISTRATORS, RULES


def test_the_table_of_data_points_is_the_default_mapping():
    lines = [line.strip("|").split(" | ") for line in RULES.read_text("utf-8").splitlines() if line.count(" | ") == 5]
    shown = [
        (cells[1].strip(" `"), cells[2].strip(), cells[3].strip(), cells[4].strip())
        for cells in lines
        if cells[1].strip().startswith("`")
    ]
    assert shown == [(point.key, point.default_title, _kind(point), _changeable(point)) for point in DATA_POINTS]


def _kind(point):
    kind = {"standard": "std"}.get(point.default_kind, point.default_kind)
    return f"{kind} Yes/No" if point.key == "address.text_me" else kind


def _changeable(point):
    if point.key == "name.sonis_id":
        return "No, once"
    return "Yes" if point.changeable else "No"


def test_the_mapping_file_that_is_shown_can_be_read():
    text = ADMINISTRATORS.read_text("utf-8")
    example = re.search(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert example
    fields = ContactFields(
        [
            ContactField(field_id=FieldId("7"), title="Preferred Name"),
            ContactField(field_id=FieldId("8"), title="Home City", tag="HOME_CITY"),
            ContactField(field_id=FieldId("12"), title="Prospect Status", kind="dropdown"),
        ]
    )
    mapping = read_mapping(example[1], fields)
    assert [row.field_id for row in mapping.rows] == ["7", "8", "12"]
    assert mapping.translations["modstat"]["PS"] == "Prospect"


def test_every_write_rule_is_explained():
    for path in (RULES, ADMINISTRATORS):
        assert all(f"| `{rule}` |" in path.read_text("utf-8") for rule in WriteRule)
