"""What is found on either side when a connection is tried, before anything is kept (rules 3.1, 12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings

from sonisbridge.activecampaign.client import ActiveCampaign
from sonisbridge.activecampaign.endpoint import checked_endpoint
from sonisbridge.activecampaign.limits import REQUESTS_PER_SECOND, SLOT_SECONDS
from sonisbridge.core.errors import SkipRecordError, SonisbridgeError, StopRunError, WrongSettingsError
from sonisbridge.core.field_mapping import data_point
from sonisbridge.core.policy import Policy
from sonisbridge.sonis.address import LOCAL, SYSTEMS, Place, address_of, parsed, password_of, place_of
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.probe import column_places, empty_data_points, probe
from sonisbridge.store import institutions
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution

from .setup import Finding, change_all
from .sides import open_activecampaign, open_sonis, opened

__all__ = [
    "LOCAL",
    "SYSTEMS",
    "AccountFound",
    "Place",
    "SonisFound",
    "address",
    "checked_address",
    "keep_account",
    "keep_sonis",
    "look_at_account",
    "look_at_sonis",
    "read_again",
    "require_token_for",
    "sonis_place",
]

_TABLES = (
    ("program", "programs"), ("semester", "semesters"), ("inquiry_type", "inquiry types"), ("refer_by", "refer-by codes"),
    ("module_status", "module statuses"),
)  # fmt: skip
_NEEDED: Mapping[str, str] = {
    "pgContactAdd": "make contacts",
    "pgContactEdit": "change contacts",
    "pgContactImport": "import contacts in bulk",
    "pgContactFields": "manage contact fields",
}
"""What a token's user must be allowed, in ActiveCampaign's words and in ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SonisFound:
    """What a look at SONIS found."""

    title: str = ""
    """The database in words, "" when it did not answer."""
    codes: tuple[tuple[str, int], ...] = ()
    """Each code table in words, and how many codes it has."""
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing that is needed is missing."""
        return not any(item.severity == "error" for item in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFound:
    """What a look at an ActiveCampaign account found; None and empty where it did not say."""

    user: str = ""
    endpoint: str = ""
    contacts: int | None = None
    contact_limit: int | None = None
    custom_fields: int | None = None
    lists: tuple[str, ...] = ()
    allowed: tuple[tuple[str, bool], ...] = ()
    """What the token's user must be allowed, and whether they are; empty where it cannot be read."""
    requests_per_second: float = 0.0
    reserve: float = 0.0
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing that is needed is missing."""
        return not any(item.severity == "error" for item in self.findings)


# SONIS


def sonis_place(institution: Institution) -> Place | None:
    """Where the institution's SONIS is, without its password; None when it is not connected or cannot be told."""
    if not institution.sonis_url:
        return None
    try:
        return place_of(institutions.connections_of(institution, {}, secrets=("sonis_url",)).sonis_url)
    except WrongSettingsError:
        return None


def checked_address(url: str) -> None:
    """Raises WrongSettingsError unless that is the address of a database."""
    parsed(url)


def address(place: Place, password: str, institution: Institution | None = None) -> str:
    """The whole address of SONIS. Without a password the stored one is taken, where nothing else changed.

    A stored password goes nowhere but where it was given for. Raises WrongSettingsError when it would have to.
    """
    if not password and place.system not in LOCAL and institution is not None and institution.sonis_url:
        stored = institutions.connections_of(institution, {}, secrets=("sonis_url",)).sonis_url
        if place_of(stored) == place:
            return stored
        if password_of(stored):
            raise WrongSettingsError("Type the password again: it is sent only to the database that it was given for.")
    return address_of(place, password)


def keep_sonis(institution: Institution, *, sonis_url: str, schema: str, by: str) -> None:
    """Keep where SONIS is, as far as it is another than before. Raises as `setup.change_all` does."""
    stored = ""
    if institution.sonis_url:
        stored = institutions.connections_of(institution, {}, secrets=("sonis_url",)).sonis_url
    given = {"sonis_url": (stored, sonis_url), "sonis_schema": (institution.sonis_schema, schema)}
    change_all(institution, {name: now for name, (before, now) in given.items() if now != before}, by=by)


def look_at_sonis(sonis_url: str, schema: str) -> SonisFound:
    """What is there and what is missing. Never raises for what it finds."""
    try:
        sonis = open_sonis(Connections(name="", sonis_url=sonis_url, endpoint="", token="", sonis_schema=schema))
    except SonisbridgeError as error:
        return SonisFound(findings=(Finding(severity="error", text=str(error)),))
    try:
        return _seen(sonis)
    except SonisbridgeError as error:
        return SonisFound(title=sonis.title, findings=(Finding(severity="error", text=str(error)),))
    finally:
        sonis.close()


def _seen(sonis: Sonis) -> SonisFound:
    found = tuple(Finding(severity=item.severity, text=item.text, mend=item.mend) for item in probe(sonis))
    if any(item.severity == "error" for item in found):
        return SonisFound(title=sonis.title, findings=found)
    codes = sonis.codes()
    many = tuple((words, len(getattr(codes, name))) for name, words in _TABLES)
    good = Finding(severity="ok", text="SONIS answers and has what is read.")
    return SonisFound(title=sonis.title, codes=many, findings=(good, *found, *_without_values(sonis)))


def _without_values(sonis: Sonis) -> Iterator[Finding]:
    """Which data points nobody in a sample has a value for."""
    points = [data_point(key) for key in empty_data_points(column_places(sonis))]
    titles = [point.label for point in points if point is not None]
    if titles:
        yield Finding(
            severity="warning",
            text=f"Nobody among the first people has a value for {', '.join(titles)}.",
            mend="Where your SONIS keeps it in another column, write that column's name into the schema file.",
        )


# ActiveCampaign


def look_at_account(institution: Institution, *, endpoint: str, token: str) -> AccountFound:
    """What the account says, by real requests. Without a token the stored one is used, for the stored endpoint alone.

    Never raises for what it finds.
    """
    policy = institutions.policy_of(institution)
    try:
        checked = checked_endpoint(endpoint, allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT)
        require_token_for(institution, checked, token)
        changed = {"endpoint": checked, **({"token": token} if token else {})}
        known = institutions.connections_of(institution, changed, secrets=("token",))
        account = open_activecampaign(known, policy, patient=False)
    except SonisbridgeError as error:
        return AccountFound(endpoint=endpoint, findings=(Finding(severity="error", text=str(error)),))
    try:
        return _account_seen(account, checked, policy)
    except SonisbridgeError as error:
        return AccountFound(endpoint=checked, findings=(Finding(severity="error", text=str(error)),))
    finally:
        account.close()


def keep_account(institution: Institution, *, endpoint: str, token: str, by: str) -> None:
    """Keep where ActiveCampaign is, as far as it is another than before. Raises as `setup.change_all` does."""
    checked = checked_endpoint(endpoint, allow_loopback=settings.ALLOW_LOOPBACK_ENDPOINT)
    require_token_for(institution, checked, token)
    changes = {"endpoint": checked} if checked != institution.endpoint else {}
    change_all(institution, {**changes, **({"token": token} if token else {})}, by=by)


def require_token_for(institution: Institution, endpoint: str, token: str) -> None:
    """Raises WrongSettingsError when the stored token would have to go to another endpoint than it was given for."""
    if token or (institution.token and endpoint == institution.endpoint):
        return
    if institution.token:
        raise WrongSettingsError("Type the Access Token again: it is sent only to the endpoint that it was given for.")
    raise WrongSettingsError("Give the Access Token: copy the Key from ActiveCampaign, Settings > Developer.")


def _account_seen(account: ActiveCampaign, endpoint: str, policy: Policy) -> AccountFound:
    user = account.me()
    flags = account.permissions()
    contacts, lists, fields = account.contact_count(), account.lists(), account.custom_fields()
    rate = 1 / SLOT_SECONDS
    return AccountFound(
        user=user.name or f"user {user.user_id}",
        endpoint=endpoint,
        contacts=contacts,
        contact_limit=policy.contact_limit,
        custom_fields=len(fields),
        lists=tuple(sorted(lists.values(), key=str.casefold)),
        allowed=tuple((words, flags[flag]) for flag, words in _NEEDED.items() if flag in flags),
        requests_per_second=round(min(rate, REQUESTS_PER_SECOND), 2),
        reserve=policy.reserve,
        findings=tuple(_of_account(flags, contacts, policy)),
    )


def _of_account(flags: Mapping[str, bool], contacts: int | None, policy: Policy) -> Iterator[Finding]:
    yield Finding(severity="ok", text="ActiveCampaign answers and takes the token.")
    for flag, words in _NEEDED.items():
        if flags.get(flag) is False:
            yield Finding(
                severity="warning",
                text=f"The token's user may not {words}.",
                mend="Allow it to the user's group in ActiveCampaign, Settings > Users and Groups.",
            )
    if not flags:
        yield Finding(
            severity="warning",
            text="ActiveCampaign does not say what the token's user may do.",
            mend="See that their group may add, change and import contacts and manage contact fields.",
        )
    if contacts is not None and policy.contact_limit is not None and contacts >= policy.contact_limit:
        yield Finding(
            severity="warning",
            text=f"The account has {contacts:,} contacts, as many as the contact limit that is set.",
            mend="Raise contact_limit among the choices when the account's plan allows more.",
        )


def read_again(institution: Institution) -> None:
    """Read the account's contact fields and SONIS's codes now, so that pages show them as they are.

    Raises WrongSettingsError, StopRunError or RetryLaterError when a side cannot be asked.
    """
    try:
        with opened(institution, patient=False) as sides:
            _ = sides.fields, sides.codes
    except SkipRecordError as error:
        raise StopRunError(str(error)) from error
