"""The one address that is to be reached from outside, besides the pages where those are."""

from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("hooks/<str:hook_token>", views.hook, name="hook", needs=Anybody.OPEN),
]
