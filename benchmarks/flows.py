"""How fast the flows are, against the floor that ActiveCampaign's limits set (rule 15). `make bench` runs it.

Everything is real: a sample school in SQLite, the look-alike with its limits on, `sonisbridge` as a program of its own.
The clock of the limits may be scaled (both sides alike), but the time that programs take to start and to reckon is then
scaled with it: the honest form is a scale of 1. docs/performance.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import chart, peers, postgresql, targets
from .machine import machine
from .place import Size, prepared
from .scenarios import NAMES, Measured, Sequence

HEAD = (
    f"{'people':>9} {'database':<10} {'scenario':<14} {'seconds':>8} {'floor':>8} {'ratio':>6} {'requests':>8} "
    f"{'a contact':>9} {'posts':>5} {'polls':>5} {'pages':>5} {'by id':>5} {'single':>6} {'429':>3} {'planned/s':>9} "
    f"{'CPU s':>7} {'peak MB':>7}"
)


def main() -> int:
    """Measure, print, keep; 1 where a rule was broken or a target missed."""
    options = _options()
    document: dict[str, Any] = {
        "made": datetime.now(UTC).date().isoformat(),
        "time_scale": options.time_scale,
        "machine": machine(),
        "runs": [],
        "peers": [],
    }
    print(
        f"Limits: 5 requests a second, 100 bulk posts a minute, as the look-alike keeps them. Clock x {options.time_scale:g}."
    )
    print(HEAD, flush=True)
    measured: list[Measured] = []
    for size in _sizes(options):
        with prepared(size) as place:
            for one in Sequence(place).measured(set(options.scenarios)):
                measured.append(one)
                print(_line(one), flush=True)
            if options.peers and not document["peers"]:
                document["peers"] = [peer.document() for peer in peers.measured(place, options.peers)]
    document["runs"] = [one.document() for one in measured]
    judged = targets.judged(document)
    document["targets"] = [one.document() for one in judged]
    document["published"] = list(peers.PUBLISHED)
    _keep(options, document)
    print("\n" + "\n".join(f"{bar.per_hour:>10,.0f} contacts an hour: {bar.label}" for bar in chart.bars([document])))
    return _said(measured, judged, report_only=options.report_only)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, nargs="+", default=[2_000], metavar="N", help="sizes of the school")
    parser.add_argument(
        "--scenarios",
        nargs="+",
        choices=NAMES,
        default=list(NAMES),
        metavar="NAME",
        help=", ".join(NAMES).replace("%", "%%"),
    )
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite"], help="the bridge's own"
    )
    parser.add_argument("--server", default=postgresql.SERVER, help="where a PostgreSQL database can be made")
    parser.add_argument(
        "--switch",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="how the account differs from what is thought likely: a switch of the look-alike",
    )
    parser.add_argument(
        "--time-scale", type=float, default=1.0, metavar="K", help="how many times faster the limits run"
    )
    parser.add_argument(
        "--peers", type=int, default=200, metavar="N", help="people whom the other ways carry; 0 leaves them out"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="keep the chart there")
    parser.add_argument("--report-only", action="store_true", help="a target that is missed is no failure")
    return parser.parse_args()


def _sizes(options: argparse.Namespace) -> list[Size]:
    return [
        Size(
            people=people,
            database=database,
            time_scale=options.time_scale,
            server=options.server,
            switches=tuple(options.switch),
        )
        for people in options.people
        for database in options.database
    ]


def _line(one: Measured) -> str:
    asked = one.asked
    a_contact = f"{asked.requests / one.changed:.4f}" if one.changed else "–"
    line = (
        f"{one.people:>9} {one.database:<10} {one.scenario:<14} {one.seconds:>8.1f} {one.floor.seconds:>8.1f} "
        f"{one.ratio:>6.2f} {asked.requests:>8} {a_contact:>9} {asked.posts:>5} {asked.polls:>5} {asked.pages:>5} "
        f"{asked.by_ids:>5} {asked.singles:>6} {asked.throttled:>3} {one.planned_per_second:>9} {one.cpu_seconds:>7.1f} "
        f"{one.peak_mb:>7}"
    )
    return "\n".join([line, *(f"    broken {check.rule}: {check.what}: {check.found}" for check in one.failed)])


def _keep(options: argparse.Namespace, document: dict[str, Any]) -> None:
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.svg:
        options.svg.write_text(chart.drawn(chart.bars([document])), encoding="utf-8")


def _said(measured: list[Measured], judged: list[targets.Judged], *, report_only: bool) -> int:
    """Say which rules were broken and which targets missed; the exit status."""
    broken = [
        f"{one.people} people, {one.scenario}: {check.rule}, {check.what}: {check.found}"
        for one in measured
        for check in one.failed
    ]
    missed = [one.sentence for one in judged if not one.met]
    for sentence in [one.sentence for one in judged if one.met] + missed + broken:
        print(sentence)
    return 1 if broken or (missed and not report_only) else 0


if __name__ == "__main__":
    sys.exit(main())
