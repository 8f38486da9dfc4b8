"""What the bulk importer answers (pure; docs/activecampaign.md, section 4).

Its keys change their spelling from answer to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sonisbridge.core.errors import SkipRecordError

from .results import broken, number, rows_of, text

Json = Mapping[str, Any]

_ADDRESS = re.compile(r"\S+@\S+")


class BulkState(StrEnum):
    """How far a batch is.

    The last three are final; FAILED and INTERRUPTED are not tried again by ActiveCampaign.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the batch."""
        return self in (BulkState.COMPLETED, BulkState.FAILED, BulkState.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAccepted:
    """A batch that was queued. Fewer queued than sent: some addresses are on the exclusion list."""

    batch_id: str
    queued: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkInfo:
    """How a batch stands.

    `success` holds contact ids, `failure` e-mail addresses; neither says why.
    """

    state: BulkState
    success: list[str] = field(default_factory=list)
    failure: list[str] = field(default_factory=list)


class BulkRejectedError(SkipRecordError):
    """Nothing of the batch was queued.

    `reasons` are by the row's place in the batch, from 0; `general` fit no row.

    No reason holds an e-mail address.
    """

    def __init__(self, *, reasons: Mapping[int, str], general: tuple[str, ...]) -> None:
        super().__init__(f"ActiveCampaign refused a bulk request for {len(reasons)} of its rows.", code="invalid")
        self.reasons = dict(reasons)
        self.general = general


def bulk_accepted(data: Json) -> BulkAccepted:
    """The batch that was queued; without its id nobody can follow it, so the answer is broken."""
    batch_id = text(_spelt(data, "batchid"))
    if not batch_id:
        raise broken("a bulk request without its batch id", sent=True)
    return BulkAccepted(batch_id=batch_id, queued=number(_spelt(data, "queuedcontacts")))


def bulk_rejected(data: Json, *, sent: int) -> BulkRejectedError:
    """Which of the `sent` rows were refused and why.

    Rows are counted from 1 in the answer (section 4).
    """
    listed = _spelt(data, "failurereasons")
    items = listed if isinstance(listed, list) else [listed]
    placed: list[tuple[int, str]] = []
    general: list[str] = []
    for item in items:
        place = number(_spelt(item, "contact")) if isinstance(item, dict) else None
        why = _harmless(_spelt(item, "failurereason") if isinstance(item, dict) else item)
        if place is not None and place <= sent:
            placed.append((place, why or "refused without a reason"))
        elif why:
            general.append(why)
    first = 0 if any(place == 0 for place, _ in placed) else 1
    reasons = {place - first: why for place, why in placed if place - first < sent}
    message = _harmless(_spelt(data, "message"))
    if not reasons and not general and message:
        general.append(message)
    return BulkRejectedError(reasons=reasons, general=tuple(general))


def bulk_info(data: Json) -> BulkInfo:
    """How the batch stands. Asked within about a second, its status is `false`: it waits."""
    word = text(data.get("status")).lower()
    state = next((one for one in BulkState if one == word), BulkState.WAITING)
    return BulkInfo(state=state, success=_texts(data.get("success")), failure=_texts(data.get("failure")))


def bulk_outstanding(data: Json) -> int | None:
    """How many contacts wait in the importer; None where the answer does not say."""
    if "outstanding" not in data:
        return None
    counts = [number(row.get("contacts")) for row in rows_of(data, "outstanding")]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _spelt(data: Json, name: str) -> object:
    """The value whose key is that name, case and underscores aside."""
    return next((value for key, value in data.items() if key.replace("_", "").lower() == name), None)


def _texts(value: object) -> list[str]:
    return [text(item) for item in value if text(item)] if isinstance(value, list) else []


def _harmless(value: object) -> str:
    """Their words without an e-mail address, and not at length."""
    return _ADDRESS.sub("(address)", text(value))[:200]
