"""Charts in templates."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from sonisbridge.store.models import Run
from sonisbridge.web import charts

register = template.Library()


@register.filter
def totals_bar(run: Run) -> SafeString:
    """The run's totals as one small bar."""
    return charts.totals_bar(run.counts)
