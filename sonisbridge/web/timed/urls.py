"""The pages of Timed Tasks Scheduler; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("schedules/", views.schedules, name="schedules", needs=Right.SEE),
]
