"""The figures that operators watch, as Prometheus reads them; worked out from the database, so any process can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Count, Max
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from . import notices, schedules, watching, webhooks
from .models import Institution, OpenConflict, Run, WorkerSeen
from .tallies import counted

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "runs": ("Runs that ended, or were held, by kind and status.", ("kind", "status")),
    "outcomes": ("What became of people and contacts in runs that write.", ("kind", "outcome")),
    "requests": ("Requests to ActiveCampaign, by the class of the answer.", ("class",)),
    "waited_seconds": ("Time that requests were held back by the pace.", ()),
    "throttled_seconds": ("Time from a throttled answer to the next try.", ()),
}
"""What is counted, its help and its labels; whoever counts something else adds it."""
more: list[Callable[[], Iterable[Metric]]] = []
"""Others who have figures to tell."""


def prometheus() -> str:
    """Everything, as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return generate_latest(registry).decode()


class _Figures:
    """Collected anew each time that somebody asks."""

    def collect(self) -> Iterable[Metric]:
        """The figures."""
        for name, (text, labels) in COUNTERS.items():
            family = CounterMetricFamily(f"sonisbridge_{name}", text, labels=labels)
            for values, amount in counted(name).items():
                family.add_metric(values, amount)
            yield family
        yield from self._queue()
        yield from self._by_the_clock()
        yield from self._institutions()
        for others in more:
            yield from others()

    def _queue(self) -> Iterable[Metric]:
        now = timezone.now()
        states = dict(
            Run.objects.filter(status__in=["queued", "running"]).values_list("status").annotate(many=Count("pk"))
        )
        oldest = Run.objects.filter(status="queued").order_by("queued_at").values_list("queued_at", flat=True).first()
        yield _gauge("runs_queued", "Runs that wait for a worker.", states.get("queued", 0))
        yield _gauge("runs_going_on", "Runs that go on.", states.get("running", 0))
        age = (now - oldest).total_seconds() if oldest else 0
        yield _gauge("queue_age_seconds", "How long the oldest run has waited for a worker.", age)
        workers = GaugeMetricFamily(
            "sonisbridge_worker_seen_seconds", "Since a worker was heard of.", labels=["worker"]
        )
        for name, seen_at in WorkerSeen.objects.values_list("name", "seen_at"):
            workers.add_metric([name], (now - seen_at).total_seconds())
        yield workers

    def _by_the_clock(self) -> Iterable[Metric]:
        late = schedules.lateness(timezone.now())
        yield _gauge("schedule_late_seconds", "How long the schedule that is most overdue has been due.", late)
        waiting = notices.waiting()
        yield _gauge("deliveries_waiting", "E-mails that wait to be sent, or to be tried again.", waiting)
        hints = webhooks.waiting()
        age = (timezone.now() - hints.since).total_seconds() if hints.since else 0
        yield _gauge("hints_waiting", "Contacts that a webhook named and no import has looked at yet.", hints.many)
        yield _gauge("hints_age_seconds", "How long the first of them has waited.", age)

        yield from self._looks()

    def _looks(self) -> Iterable[Metric]:
        late = GaugeMetricFamily(
            "sonisbridge_watch_late_seconds", "How long a look at SONIS has been due.", labels=["institution"]
        )
        failures = GaugeMetricFamily(
            "sonisbridge_watch_failures", "Looks and their exports that failed, in a row.", labels=["institution"]
        )
        for row in watching.watched():
            late.add_metric([row.name], watching.lateness(row, timezone.now()))
            failures.add_metric([row.name], watching.of(row).failures)
        yield from (late, failures)

    def _institutions(self) -> Iterable[Metric]:
        names = dict(Institution.objects.values_list("pk", "name"))
        waiting = GaugeMetricFamily("sonisbridge_conflicts", "Conflicts that wait for a user.", labels=["institution"])
        found = dict(OpenConflict.objects.values_list("institution").annotate(many=Count("pk")))
        for key, name in names.items():
            waiting.add_metric([name], found.get(key, 0))
        yield waiting
        last = GaugeMetricFamily(
            "sonisbridge_last_success_timestamp_seconds",
            "When a run that writes last succeeded, with problems or without.",
            labels=["institution", "kind"],
        )
        ended = Run.objects.filter(status__startswith="succeeded", preview=False, ended_at__isnull=False)
        for key, kind, at in ended.values_list("institution", "kind").annotate(at=Max("ended_at")).order_by():
            last.add_metric([names[key], kind], at.timestamp())
        yield last


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"sonisbridge_{name}", text, value=value)
