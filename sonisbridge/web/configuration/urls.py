"""The pages of API Configuration; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("configuration/", views.configuration, name="configuration", needs=Right.CONFIGURE),
]
