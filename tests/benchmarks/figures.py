"""Figures of a benchmark, made up: one run with every term."""

from __future__ import annotations

from typing import Any

from benchmarks.floor import Asked, Work, floor_of


def a_run(**changes: Any) -> dict[str, Any]:
    """A first export of 100,000 that met every target, but for what is given."""
    floor = floor_of(Asked(rows={f"a{number}@x.test": 1 for number in range(1000)}, row_bytes=300_000), Work())
    run = {
        "people": 100_000,
        "database": "sqlite",
        "scenario": "first export",
        "side": "",
        "seconds": 400.0,
        "ratio": 1.05,
        "floor": floor.document(),
        "changed": 90_000,
        "requests": 1800,
        "requests_per_changed_contact": 0.02,
        "asked": dict.fromkeys(
            ("posts", "polls", "pages", "pages_before_writing", "by_ids", "lookups", "singles", "other"), 1
        ),
        "row_bytes": 300_000,
        "throttled": 0,
        "planned_per_second": 6000,
        "estimate": {
            "requests": 1700,
            "took_requests": 1800,
            "requests_off": 0.056,
            "seconds": 390.0,
            "took_seconds": 400.0,
            "seconds_off": 0.025,
        },
        "cpu_seconds": 100.0,
        "peak_mb": 250,
        "counts": {"read": 90_000, "created": 90_000},
        "checks": [{"rule": "P6", "what": "requests in any second", "held": True, "found": "5"}],
    }
    return {**run, **changes}


def figures(*runs: dict[str, Any], time_scale: float = 1.0) -> dict[str, Any]:
    """What the benchmark would keep of these runs."""
    return {
        "made": "2026-11-25",
        "time_scale": time_scale,
        "machine": {"cores": 2, "memory_gb": 8, "python": "3.12.1", "system": "Linux x86_64"},
        "runs": list(runs),
        "peers": [{"label": "one call <a person>", "people": 200, "seconds": 40.0, "per_hour": 18_000}],
        "targets": [],
        "published": [{"label": "another", "contacts": 37_000, "seconds": 3600.0}],
    }
