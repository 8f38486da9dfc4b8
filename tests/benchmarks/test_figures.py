"""Targets are judged where they were measured; figures get into the document and the chart by themselves."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import chart, report, targets
from benchmarks.place import NO_LINKS, WHOLE_DAYS
from tests.benchmarks.figures import a_run, figures


@pytest.mark.parametrize(
    "change",
    [
        {"ratio": 1.11},
        {"throttled": 1},
        {"requests_per_changed_contact": 0.021},
        {"peak_mb": 301},
        {"planned_per_second": 4999},
        {"estimate": {"requests_off": 0.16, "seconds_off": 0.1}},
    ],
    ids=str,
)
def test_each_target_of_a_first_export_can_be_missed(change):
    assert all(one.met for one in targets.judged(figures(a_run())))
    missed = [one for one in targets.judged(figures(a_run(**change))) if not one.met]
    assert len(missed) == 1
    assert missed[0].sentence.startswith("MISSED: ")


@pytest.mark.parametrize("change", [{"requests": 6}, {"seconds": 10.1}, {"planned_per_second": 19_000}], ids=str)
def test_each_target_of_an_unchanged_run_can_be_missed(change):
    asked = dict.fromkeys(a_run()["asked"], 0)
    good = a_run(people=50_000, scenario="unchanged", requests=5, seconds=9.0, planned_per_second=21_000, asked=asked)
    assert all(one.met for one in targets.judged(figures(good)))
    assert [one.met for one in targets.judged(figures({**good, **change}))].count(False) == 1


@pytest.mark.parametrize("change", [{"requests": 8}, {"seconds": 10.3}, {"asked": {"posts": 1, "singles": 0}}], ids=str)
def test_each_target_of_an_account_that_knows_whole_days_alone_can_be_missed(change):
    asked = dict.fromkeys(a_run()["asked"], 0)
    good = a_run(people=50_000, scenario="unchanged", side=WHOLE_DAYS, requests=7, seconds=10.1, asked=asked)
    good["floor"] = {"scan_pages": 2, "seconds": 0.2}
    assert [one.met for one in targets.judged(figures(good))] == [True] * 3
    assert [one.met for one in targets.judged(figures({**good, **change}))].count(False) == 1
    assert len(targets.judged(figures(good, time_scale=20))) == 2, "requests are judged by any clock"


@pytest.mark.parametrize("change", [{"ratio": 1.11}, {"throttled": 1}], ids=str)
def test_each_target_where_the_importer_does_not_link_can_be_missed(change):
    good = a_run(people=2_000, side=NO_LINKS, requests_per_changed_contact=1.02)
    assert [one.met for one in targets.judged(figures(good))] == [True] * 2
    assert [one.met for one in targets.judged(figures({**good, **change}))].count(False) == 1


def test_a_size_that_was_not_measured_is_not_judged():
    assert targets.judged(figures(a_run(people=2_000), a_run(people=2_000, scenario="unchanged"))) == []


@pytest.mark.parametrize(
    ("scenario", "people", "change"),
    [
        ("plan: new", 50_000, {"planned_per_second": 4_999}),
        ("plan: unchanged", 50_000, {"planned_per_second": 19_999}),
        ("plan: unchanged", 100_000, {"peak_mb": 301}),
        ("plan: settling", 1_000_000, {"peak_mb": 1_501}),
    ],
)
def test_each_target_of_planning_alone_can_be_missed(scenario, people, change):
    plan = {"database": "sqlite", "people": people, "scenario": scenario, "planned_per_second": 20_000, "peak_mb": 300}
    assert all(one.met for one in targets.judged({**figures(), "plans": [plan]}))
    assert [one.met for one in targets.judged({**figures(), "plans": [{**plan, **change}]})].count(False) == 1


def test_seconds_are_not_judged_by_a_scaled_clock():
    slow = a_run(people=50_000, scenario="unchanged", seconds=1000.0)
    judged = targets.judged(figures(slow, time_scale=20))
    assert "seconds" not in [one.target.what for one in judged]


def test_the_chart_has_a_bar_for_each_way():
    bars = chart.bars([figures(a_run())])
    assert [(bar.kind, round(bar.per_hour)) for bar in bars] == [
        ("measured", 18_000),
        ("published", 37_000),
        ("ours", 810_000),
    ]
    texts = [
        item.text or "" for item in ElementTree.fromstring(chart.drawn(bars)).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "one call <a person>" in texts
    assert "810,000" in texts


def test_the_report_writes_between_the_marks_alone(tmp_path):
    document, kept = tmp_path / "performance.md", tmp_path / "figures.json"
    document.write_text(f"before\n{report.BEGIN}\nof another day\n{report.END}\nafter\n", encoding="utf-8")
    broken = [{"rule": "P6", "what": "requests in any second", "held": False, "found": "6"}]
    kept.write_text(
        json.dumps(figures(a_run(), a_run(side=NO_LINKS), a_run(scenario="settling", checks=broken))), encoding="utf-8"
    )
    plan = {"database": "sqlite", "people": 1_000_000, "scenario": "plan: new", "planned_per_second": 6_000,
            "seconds": 160.0, "cpu_seconds": 150.0, "peak_mb": 604}  # fmt: skip
    alone = tmp_path / "planning.json"
    alone.write_text(json.dumps({**figures(), "plans": [plan]}), encoding="utf-8")
    for _ in range(2):
        assert report.main([str(kept), str(alone), "--document", str(document)]) == 0
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "of another day" not in text
    assert text.count("| 100,000 | sqlite | first export | 400.0 |") == 1
    assert text.count(f"| 100,000 | sqlite | first export, {NO_LINKS} | 400.0 |") == 1
    assert text.count("| 1,000,000 | sqlite | plan: new | 6,000 | 160.0 | 150.0 | 604 |") == 1
    assert "P6 broken, settling of 100,000: requests in any second: 6" in text
    assert (tmp_path / "images/performance.svg").read_text(encoding="utf-8").startswith("<svg")


def test_files_that_cannot_be_read_are_a_plain_line(tmp_path, capsys):
    assert report.main([str(tmp_path / "none.json")]) == 2
    assert "The figures cannot be written" in capsys.readouterr().err


def test_the_document_has_both_marks():
    text = Path(report.DOCUMENT).read_text(encoding="utf-8")
    assert text.count(report.BEGIN) == text.count(report.END) == 1
