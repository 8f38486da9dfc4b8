"""The pages of Notification Assignments; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import deliveries, groups, views

ASSIGNMENTS = [
    page("notifications/", views.notifications, name="notifications", needs=Right.SEE),
    page("notifications/add/", views.add, name="notification-add", needs=Right.CONFIGURE),
    page("notifications/preview/", views.preview, name="notification-preview", needs=Right.CONFIGURE),
    page("notifications/owner/", views.owner, name="notification-owner", needs=Right.CONFIGURE),
    page("notifications/<int:assignment_id>/", views.notification, name="notification", needs=Right.SEE),
    page("notifications/<int:assignment_id>/edit/", views.edit, name="notification-edit", needs=Right.CONFIGURE),
    page("notifications/<int:assignment_id>/test/", views.send_test, name="notification-test", needs=Right.CONFIGURE),
    page("notifications/<int:assignment_id>/remove/", views.remove, name="notification-remove", needs=Right.CONFIGURE),
]
GROUPS = [
    page("notifications/groups/", groups.groups, name="notification-groups", needs=Right.SEE),
    page("notifications/groups/add/", groups.add, name="notification-group-add", needs=Right.CONFIGURE),
    page("notifications/groups/<int:group_id>/", groups.group, name="notification-group", needs=Right.SEE),
    page(
        "notifications/groups/<int:group_id>/members/", groups.add_members,
        name="notification-group-members", needs=Right.CONFIGURE,
    ),
    page(
        "notifications/groups/<int:group_id>/take-out/", groups.take_out,
        name="notification-group-take-out", needs=Right.CONFIGURE,
    ),
    page(
        "notifications/groups/<int:group_id>/remove/", groups.remove,
        name="notification-group-remove", needs=Right.CONFIGURE,
    ),
]  # fmt: skip
DELIVERIES = [
    page("notifications/deliveries/", deliveries.deliveries, name="notification-deliveries", needs=Right.SEE),
]
PAGES = [*ASSIGNMENTS, *GROUPS, *DELIVERIES]
