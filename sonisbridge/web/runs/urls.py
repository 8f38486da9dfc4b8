"""The pages of Runs; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import actions, views

PAGES = [
    page("runs/", views.runs, name="runs", needs=Right.SEE),
    page("runs/<int:run_id>/", views.run, name="run", needs=Right.SEE),
    page("runs/<int:run_id>/now/", views.now, name="run-now", needs=Right.SEE),
    page("runs/<int:run_id>/lines/<int:position>/", views.line, name="run-line", needs=Right.SEE),
    page("runs/<int:run_id>/send/", actions.send, name="run-send", needs=Right.RUN),
    page("runs/<int:run_id>/cancel/", actions.cancel, name="run-cancel", needs=Right.RUN),
    page("runs/<int:run_id>/again/", actions.again, name="run-again", needs=Right.RUN),
]
