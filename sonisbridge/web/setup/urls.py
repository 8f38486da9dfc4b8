"""The pages of Set-up."""

from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("set-up/", views.set_up, name="set-up", needs=Anybody.OPEN),
]
