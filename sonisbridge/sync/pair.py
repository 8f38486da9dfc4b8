"""Which SONIS goes with which ActiveCampaign account, and whether exports were allowed for that pair (rule 12)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.sonis.address import fingerprint_of, parsed, title_of
from sonisbridge.store import institutions, strangers
from sonisbridge.store.institutions import RESTORED
from sonisbridge.store.models import Institution
from sonisbridge.store.strangers import Forgotten

from .sides import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class PairChange:
    """The pair is not the one that exports were allowed for: what it was and what it is, without any secret."""

    sonis_before: str
    """"" where nobody wrote down what it was."""
    sonis: str
    endpoint_before: str
    endpoint: str
    restored: bool
    """This copy of the bridge was restored from a backup, and the one that it was taken from may still be at work."""
    forgettable: Forgotten
    """What would be forgotten if these were other people and other contacts."""


def differs(institution: Institution) -> bool:
    """Whether exports wait for somebody to confirm the pair. False also where that cannot be told."""
    if not institution.pair_confirmed or not institution.sonis_url or not institution.endpoint:
        return False
    try:
        return _pair_of(institution)[0] != institution.pair_confirmed
    except WrongSettingsError:
        return False


def change_of(institution: Institution) -> PairChange | None:
    """What changed since exports were last allowed; None when nothing did, nothing was ever sent or a side is missing.

    Neither side is asked. Raises WrongSettingsError when a stored secret cannot be opened.
    """
    if not institution.pair_confirmed or not institution.sonis_url or not institution.endpoint:
        return None
    mark, shown = _pair_of(institution)
    if mark == institution.pair_confirmed:
        return None
    before = institution.pair_shown
    return PairChange(
        sonis_before=before.get("sonis", ""),
        sonis=shown["sonis"],
        endpoint_before=before.get("endpoint", ""),
        endpoint=shown["endpoint"],
        restored=institution.pair_confirmed == RESTORED,
        forgettable=strangers.many(institution),
    )


def confirm(institution: Institution, *, by: str, strangers_now: bool = False) -> None:
    """Allow exports for the pair as it is now.

    `strangers_now`: these are other people or other contacts than before, so that every link and whatever else was
    known of them is forgotten, and the next export is held as the first. Raises StopRunError while a run goes on.
    """
    mark, shown = _pair_of(institution)
    if strangers_now:
        strangers.forget(institution, by=by)
    institutions.confirm_pair(institution, mark, shown, by=by)


def require_confirmed(sides: Sides) -> None:
    """Refuse to write when SONIS or the account is not the one that was confirmed; the first pair is taken as it is."""
    row = sides.institution
    refuse_restored(row)
    mark = _mark(sides.sonis.fingerprint, row.endpoint)
    if not row.pair_confirmed:
        row.pair_confirmed, row.pair_shown = mark, _shown(sides.sonis.title, row.endpoint)
        row.save(update_fields=["pair_confirmed", "pair_shown"])
    elif row.pair_confirmed != mark:
        raise StopRunError(
            "The SONIS database or the ActiveCampaign account is not the one that exports were allowed for. When that is "
            "meant, say so on the page API Configuration, or with "
            f"`sonisbridge institution set {row.name!r} pair=confirmed`."
        )


def refuse_restored(institution: Institution) -> None:
    """Refuse to write for an institution that was restored from a backup until somebody confirms its pair (rule 12)."""
    if institution.pair_confirmed == RESTORED:
        raise StopRunError(
            "This copy of the bridge was restored from a backup, and the one that it was taken from may still be at work. "
            "When this one is to write from now on, say so on the page API Configuration, or with "
            f"`sonisbridge institution set {institution.name!r} pair=confirmed`."
        )


def _pair_of(institution: Institution) -> tuple[str, Mapping[str, str]]:
    """The pair's fingerprint and words, from what is stored of the connections."""
    known = institutions.connections_of(institution, {}, secrets=("sonis_url",))
    address = parsed(known.sonis_url)
    return _mark(fingerprint_of(address), known.endpoint), _shown(title_of(address), known.endpoint)


def _mark(fingerprint: str, endpoint: str) -> str:
    return hashlib.sha256(f"{fingerprint}|{endpoint}".encode()).hexdigest()


def _shown(title: str, endpoint: str) -> dict[str, str]:
    return {"sonis": title, "endpoint": endpoint}
