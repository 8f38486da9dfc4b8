"""The pages of Contacts; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("contacts/", views.contacts, name="contacts", needs=Right.SEE),
]
