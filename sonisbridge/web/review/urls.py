"""The pages of Review; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("review/", views.review, name="review", needs=Right.SEE),
]
