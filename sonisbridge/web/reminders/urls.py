"""The pages of Reminders."""

from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("reminders/", views.reminders, name="reminders", needs=Anybody.SIGNED_IN),
]
