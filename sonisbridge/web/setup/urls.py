"""The pages of the guided set-up: those before there is an institution, and those of one."""

from sonisbridge.core.roles import Right
from sonisbridge.web.pages import Anybody, page

from . import first_export, views

PAGES = [
    page("set-up/", views.set_up, name="set-up", needs=Anybody.OPEN),
    page("set-up/institution/", views.add_institution, name="set-up-institution", needs=Right.CONFIGURE),
]
OF_AN_INSTITUTION = [
    page("set-up/", views.next_step, name="set-up-next", needs=Right.CONFIGURE),
    page("set-up/sonis/", views.sonis, name="set-up-sonis", needs=Right.CONFIGURE),
    page("set-up/activecampaign/", views.activecampaign, name="set-up-activecampaign", needs=Right.CONFIGURE),
    page("set-up/mapping/", views.mapping, name="set-up-mapping", needs=Right.CONFIGURE),
    page("set-up/first-export/", first_export.first_export, name="set-up-first-export", needs=Right.CONFIGURE),
]
