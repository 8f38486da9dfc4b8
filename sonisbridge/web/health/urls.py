"""Addresses for machines."""

from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("healthz", views.healthz, name="healthz", needs=Anybody.OPEN),
    page("readyz", views.readyz, name="readyz", needs=Anybody.OPEN),
    page("metrics", views.metrics, name="metrics", needs=Anybody.OPEN),
]
