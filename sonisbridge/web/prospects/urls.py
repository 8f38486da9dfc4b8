"""The pages of Web Prospects; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("prospects/", views.prospects, name="prospects", needs=Right.SEE),
    page("prospects/<str:row_id>/", views.prospect, name="prospect", needs=Right.SEE),
]
