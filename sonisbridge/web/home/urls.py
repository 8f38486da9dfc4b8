"""The pages of Home; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("", views.home, name="home", needs=Right.SEE),
]
