"""A rule that is broken is seen (rule 14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks import checks
from benchmarks.census import Census
from benchmarks.floor import Asked
from benchmarks.place import Finished

COUNTS = {"read": 3, "created": 2, "updated": 0, "unchanged": 1, "failed": 0, "not_kept": 0}


def finished(log: str = "", **changes: Any) -> Finished:
    document = {"kind": "outbound", "requests": 4, "counts": {**COUNTS, **changes}}
    return Finished(document=document, seconds=1, cpu_seconds=1, peak_mb=50, log=log)


def seen(**changes: Any) -> checks.Seen:
    kept = {1: b"a", 2: b"b"}
    well = checks.Seen(
        finished=finished(),
        asked=Asked(requests=4, posts=1, keys={"first_name", "field:2"}),
        stats={"most_in_a_second": 5, "most_imports_in_a_minute": 100},
        before=Census(contacts=2, untouchable=kept),
        after=Census(contacts=4, untouchable={**kept, 3: b"c", 4: b"d"}),
        mapped=frozenset({"field:2"}),
        token="hidden-token",
        automations=frozenset(),
    )
    return replace(well, **changes)


def broken(given: checks.Seen) -> list[str]:
    return [check.rule for check in [*checks.always(given), *checks.of_an_export(given)] if not check.held]


def after(**changes: Any) -> Census:
    return replace(seen().after, **changes)


def test_a_good_run_breaks_nothing():
    assert broken(seen()) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("P1", {"after": after(wrong=["contact 3: Home City"])}),
        ("P3", {"after": after(emails_twice=1)}),
        ("P3", {"after": after(ids_twice=1)}),
        ("P4", {"after": after(untouchable={1: b"a", 2: b"other"})}),
        ("P4", {"after": after(untouchable={1: b"a"})}),
        ("P4", {"automations": frozenset({3})}),
        ("P5", {"asked": Asked(requests=4, keys={"field:9"})}),
        ("P5", {"asked": Asked(requests=4, keys={"tags"})}),
        ("P6", {"stats": {"most_in_a_second": 6, "most_imports_in_a_minute": 9}}),
        ("P6", {"stats": {"most_in_a_second": 5, "most_imports_in_a_minute": 101}}),
        ("P6", {"asked": Asked(requests=4, throttled=1)}),
        ("P7", {"asked": Asked(requests=5)}),
        ("P7", {"asked": Asked(requests=4, other_status={"422": 1})}),
        ("P7", {"finished": finished(read=4)}),
        ("P7", {"finished": finished(failed=1, created=1)}),
        ("P7", {"after": after(contacts=5)}),
        ("P9", {"finished": finished("the token is hidden-token")}),
        ("P9", {"finished": finished("sent ada@example.org")}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_each_rule_can_be_broken(rule, change):
    assert set(broken(seen(**change))) == {rule}


def test_a_contact_that_had_to_be_renamed_may_set_automations_off():
    renamed = {
        "method": "PUT",
        "path": "/contacts/1",
        "body": {"contact": "1", "email": "new@x.test", "keys": ["email"]},
    }
    asked = Asked(requests=4, written=[renamed])
    assert broken(seen(asked=asked, automations=frozenset({1}))) == []
    assert broken(seen(asked=asked, automations=frozenset({1, 2}))) == ["P4"]


def test_an_unchanged_run_that_writes_breaks_quiescence():
    rules = [check.rule for check in checks.nothing_written(seen()) if not check.held]
    assert rules == ["P2", "P2", "P1"]


def test_an_import_that_loses_somebody_or_touches_a_contact_is_seen():
    given = seen(finished=finished(created=1), after=after(prospects=2, names=1))
    assert [check.rule for check in checks.of_an_import(given, 2) if not check.held] == ["P2", "P7", "P3", "P7"]
