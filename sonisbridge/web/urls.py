"""The URL table: every page with the right that it needs stands in one of these lists."""

from django.urls import include, path

from . import failures
from .admiss.urls import PAGES as ADMISS
from .api.urls import PAGES as API
from .audit.urls import PAGES as AUDIT
from .configuration.urls import PAGES as CONFIGURATION
from .contacts.urls import PAGES as CONTACTS
from .health.urls import PAGES as HEALTH
from .home.urls import PAGES as HOME
from .home.views import start, switch
from .hooks.urls import PAGES as HOOKS
from .notifications.urls import PAGES as NOTIFICATIONS
from .pages import Anybody, page
from .people.urls import PAGES as PEOPLE
from .prospects.urls import PAGES as PROSPECTS
from .reminders.urls import PAGES as REMINDERS
from .review.urls import PAGES as REVIEW
from .runs.urls import PAGES as RUNS
from .setup.urls import OF_AN_INSTITUTION as SETUP_STEPS
from .setup.urls import PAGES as SETUP
from .timed.urls import PAGES as TIMED
from .users.urls import PAGES as USERS

OF_AN_INSTITUTION = [
    *HOME,
    *ADMISS,
    *RUNS,
    *CONTACTS,
    *PEOPLE,
    *REVIEW,
    *PROSPECTS,
    *CONFIGURATION,
    *SETUP_STEPS,
    *TIMED,
    *NOTIFICATIONS,
    *AUDIT,
]

urlpatterns = [
    page("", start, name="start", needs=Anybody.SIGNED_IN),
    page("switch/", switch, name="switch", needs=Anybody.SIGNED_IN),
    *HEALTH,
    *HOOKS,
    *SETUP,
    *REMINDERS,
    *USERS,
    *API,
    path("<int:institution_id>/", include(OF_AN_INSTITUTION)),
]

handler403 = failures.refused
handler404 = failures.not_found
handler429 = failures.too_many
handler500 = failures.broken
