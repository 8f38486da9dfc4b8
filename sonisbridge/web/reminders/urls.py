"""The pages of Reminders: each user has their own."""

from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("reminders/", views.reminders, name="reminders", needs=Anybody.SIGNED_IN),
    page("reminders/read/", views.read_all, name="reminders-read", needs=Anybody.SIGNED_IN),
    page("reminders/<int:reminder_id>/read/", views.read, name="reminder-read", needs=Anybody.SIGNED_IN),
]
