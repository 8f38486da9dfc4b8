"""The pages of Web Prospects; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("prospects/", views.prospects, name="prospects", needs=Right.SEE),
    page("prospects/import-all/", views.import_all, name="prospects-import-all", needs=Right.DECIDE),
    page("prospects/likely/", views.likely, name="prospects-likely", needs=Right.SEE),
    page("prospects/imported/", views.imported, name="prospects-imported", needs=Right.SEE),
    page("prospects/<str:row_id>/", views.prospect, name="prospect", needs=Right.SEE),
    page("prospects/<str:row_id>/import/", views.import_one, name="prospect-import", needs=Right.DECIDE),
    page("prospects/<str:row_id>/assign/", views.assign, name="prospect-assign", needs=Right.DECIDE),
]
