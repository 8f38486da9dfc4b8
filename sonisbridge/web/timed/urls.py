"""The pages of Timed Tasks Scheduler; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("schedules/", views.schedules, name="schedules", needs=Right.SEE),
    page("schedules/add/", views.add, name="schedule-add", needs=Right.CONFIGURE),
    page("schedules/next/", views.next_runs, name="schedule-next", needs=Right.CONFIGURE),
    page("schedules/<int:schedule_id>/", views.schedule, name="schedule", needs=Right.SEE),
    page("schedules/<int:schedule_id>/edit/", views.edit, name="schedule-edit", needs=Right.CONFIGURE),
    page("schedules/<int:schedule_id>/run/", views.run_now, name="schedule-run", needs=Right.RUN),
    page("schedules/<int:schedule_id>/pause/", views.pause, name="schedule-pause", needs=Right.CONFIGURE),
    page("schedules/<int:schedule_id>/resume/", views.resume, name="schedule-resume", needs=Right.CONFIGURE),
    page("schedules/<int:schedule_id>/remove/", views.remove, name="schedule-remove", needs=Right.CONFIGURE),
]
