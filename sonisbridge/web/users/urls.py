"""The pages of Users."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import Anybody, page

from . import views

PAGES = [
    page("my-account/", views.my_account, name="my-account", needs=Anybody.SIGNED_IN),
    page("users/", views.users, name="users", needs=Right.USERS),
]
