"""The pages of Contacts; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("contacts/", views.contacts, name="contacts", needs=Right.SEE),
    page("contacts/refresh/", views.refresh, name="contacts-refresh", needs=Right.RUN),
    page("contacts/<int:contact_id>/", views.contact, name="contact", needs=Right.SEE),
    page("contacts/<int:contact_id>/read-again/", views.read_again, name="contact-read-again", needs=Right.RUN),
]
