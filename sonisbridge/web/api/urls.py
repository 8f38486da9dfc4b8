"""The read-only calls for an institution's own reports, and the page that describes them."""

from sonisbridge.web.pages import Anybody
from sonisbridge.web.pages import page as web_page

from . import views
from .calls import call

PAGES = [
    web_page("api/", views.page, name="api", needs=Anybody.SIGNED_IN),
    web_page("api/v1/openapi.json", views.openapi, name="api-document", needs=Anybody.OPEN),
    call("api/v1/institutions", views.institutions, name="api-institutions"),
    call("api/v1/runs", views.runs, name="api-runs"),
    call("api/v1/runs/<int:run_id>", views.run, name="api-run"),
    call("api/v1/runs/<int:run_id>/outcomes", views.outcomes, name="api-outcomes"),
    call("api/v1/contacts", views.contacts, name="api-contacts"),
    call("api/v1/conflicts", views.conflicts, name="api-conflicts"),
]
