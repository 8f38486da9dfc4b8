"""The pages of Review; each route is below that of its institution."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import page

from . import views

PAGES = [
    page("review/", views.review, name="review", needs=Right.SEE),
    page("review/group/", views.group, name="review-group", needs=Right.DECIDE),
    page("review/decisions/", views.decisions, name="review-decisions", needs=Right.SEE),
    page("review/decisions/take-back/", views.take_back, name="review-take-back", needs=Right.DECIDE),
    page("review/<int:conflict_id>/", views.conflict, name="review-conflict", needs=Right.SEE),
    page("review/<int:conflict_id>/decide/", views.decide, name="review-decide", needs=Right.DECIDE),
]
