"""The pages of Notification Assignments; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("notifications/", views.notifications, name="notifications", needs=Right.CONFIGURE),
]
