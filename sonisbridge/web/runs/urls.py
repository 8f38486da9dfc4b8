"""The pages of Runs; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("runs/", views.runs, name="runs", needs=Right.SEE),
    page("runs/<int:run_id>/", views.run, name="run", needs=Right.SEE),
]
