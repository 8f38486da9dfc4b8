"""The pages of Admiss: Active Campaign; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("admiss/", views.admiss, name="admiss", needs=Right.SEE),
]
