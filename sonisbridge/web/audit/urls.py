"""The pages of Audit log; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("audit/", views.audit, name="audit", needs=Right.AUDIT),
]
