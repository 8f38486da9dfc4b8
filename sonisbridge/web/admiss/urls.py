"""The pages of Admiss: Active Campaign; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("admiss/", views.admiss, name="admiss", needs=Right.SEE),
    page("admiss/import/", views.import_contacts, name="admiss-import", needs=Right.RUN),
    page("admiss/export/", views.export, name="admiss-export", needs=Right.RUN),
    page("admiss/people/", views.people, name="admiss-people", needs=Right.RUN),
]
