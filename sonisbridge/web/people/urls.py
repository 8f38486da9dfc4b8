"""The pages of Person; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("people/read-again/<path:sonis_id>/", views.read_again, name="person-read-again", needs=Right.RUN),
    page("people/<path:sonis_id>/", views.person, name="person", needs=Right.SEE),
    page("search/", views.search, name="search", needs=Right.SEE),
]
