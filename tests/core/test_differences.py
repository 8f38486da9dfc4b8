"""What the audit log shows of a change."""

from __future__ import annotations

from sonisbridge.core.differences import Difference, differences


def test_only_what_differs_is_shown_by_name():
    before = {"rows": {"name.nickname": ["7", "ALWAYS"], "address.city": ["8", "ALWAYS"]}, "mode": "stage"}
    after = {"rows": {"name.nickname": ["9", "ALWAYS"], "address.city": ["8", "ALWAYS"]}, "mode": "stage"}
    assert differences(before, after) == [
        Difference(name="rows, name.nickname", before="7, ALWAYS", after="9, ALWAYS"),
    ]


def test_what_was_not_there_is_told_from_what_was_blank():
    assert differences({"limit": ""}, {"limit": "5", "held": True}) == [
        Difference(name="held", before=None, after="yes"),
        Difference(name="limit", before="", after="5"),
    ]


def test_a_state_may_be_a_value_or_nothing():
    assert differences("a", "b") == [Difference(name="", before="a", after="b")]
    assert differences(None, ["x", "y"]) == [Difference(name="", before=None, after="x, y")]
    assert differences(None, None) == []
