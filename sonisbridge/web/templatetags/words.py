"""How pages write numbers, times, outcomes and icons. Built into every template."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sonisbridge.core.wording import lasting
from sonisbridge.store.models import Run
from sonisbridge.web.icons import ICONS

register = template.Library()

BLANK = "–"


@register.filter
def number(value: Any) -> str:
    """A number with its thousands parted."""
    return f"{value:,}" if isinstance(value, int | float) else BLANK


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A moment as "23 Nov 2026, 14:05" in the institution's zone, the zone on hover."""
    if value is None:
        return SafeString(BLANK)
    local = timezone.localtime(value)
    shown = f"{local.day} {local:%b %Y, %H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), _zone_name(local), shown)


@register.filter
def clock(value: datetime | None) -> SafeString:
    """The time of day alone for today, else the whole moment."""
    if value is None:
        return SafeString(BLANK)
    local = timezone.localtime(value)
    if local.date() != timezone.localdate():
        return moment(value)
    shown = f"{local:%H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), _zone_name(local), shown)


def _zone_name(local: datetime) -> str:
    return f"{local.tzname()} ({timezone.get_current_timezone_name()}); {local.astimezone(UTC):%H:%M} UTC"


@register.filter
def day(value: date | None) -> str:
    """A day as "23 Nov 2026"."""
    return BLANK if value is None else f"{value.day} {value:%b %Y}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as "45 s", "3 min 20 s" or "1 h 5 min"."""
    return BLANK if seconds is None else lasting(seconds)


@register.filter
def many(value: int, words: str) -> str:
    """A number with its noun: {{ n|many:"contact,contacts" }}."""
    one, several = words.split(",")
    return f"{value:,} {one if value == 1 else several}"


@register.filter
def kind_word(kind: str) -> str:
    """What pages call a run of that kind."""
    return {"outbound": "Export", "inbound": "Import"}.get(kind, kind)


@register.filter
def run_word(run: Run) -> str:
    """What a page calls the run: export, import, the preview of one, or a comparison of both sides."""
    word = "Comparison" if run.reconcile else kind_word(run.kind)
    return f"{word} preview" if run.preview and not run.reconcile else word


@register.filter
def status_word(status: str) -> str:
    """A run's status in words."""
    return status.replace("_", " ")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line drawing; it says nothing that words beside it do not."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{}</svg>', SafeString(ICONS[name])
    )


_OUTCOME_WORDS = {"conflict": "in conflict", "not_kept": "not kept"}


@register.filter
def outcome_word(kind: str) -> str:
    """An outcome as pages write it."""
    return _OUTCOME_WORDS.get(kind, kind)


@register.simple_tag
def outcome(kind: str, *, planned: bool = False) -> SafeString:
    """A badge for an outcome: its word and a shape of its own. `planned`: it would happen."""
    word = outcome_word(kind)
    would = "would be " if planned and kind in {"created", "updated"} else ""
    return format_html(
        '<span class="badge is-{}">{}{}{}</span>', kind.replace("_", "-"), icon(f"is-{kind}"), would, word
    )


_STATUS_SHAPES = {
    "succeeded": "is-created", "succeeded_with_problems": "is-conflict", "failed": "is-failed", "cancelled": "is-skipped",
    "interrupted": "is-failed", "held": "is-held", "running": "running", "queued": "queued",
}  # fmt: skip


@register.simple_tag
def run_status(status: str) -> SafeString:
    """A badge for how a run stands."""
    shape = _STATUS_SHAPES.get(status, "is-skipped")
    return format_html(
        '<span class="badge run-{}">{}{}</span>', status.replace("_", "-"), icon(shape), status_word(status)
    )


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The address of this page with some of its query changed; None takes a part away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = value
    text = query.urlencode()
    return f"?{text}" if text else "?"
