"""Both sides of every open question about ActiveCampaign: the same week goes well, or ends as that side demands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.sandbox.switches import SWITCHES, Switch
from tests.flows.pair import Pair

BEYOND_FLOWS = {
    "account_search", "list_name_filter", "field_value_filter", "default_page_fields", "status_needs_list",
    "status_with_listid", "status_mixed", "sync_update_status", "sync_inline_lists", "sync_matches_phone",
    "resubscribe_allowed", "contact_tag_status", "list_create_status", "tag_duplicate", "webhook_loopback",
    "webhook_fields", "bulk_fires_webhooks", "history",
}  # fmt: skip
"""Switches about calls that no export or import makes: here they are only shown to do no harm, in the long form."""
QUICK = {
    "include_with_id_greater", "updated_after_honours_time", "updated_after_zone", "deleted_listed", "deleted_reads",
    "blank_clears", "blank_clears_standard", "email_match", "subwrite_bumps_udate", "bulk_links_account",
    "bulk_success_lists", "exclude_automations_place", "accounts_enabled", "rate_limit_status", "unlisted_listed",
    "time_zone", "bulk_info_kept_seconds",
}  # fmt: skip
NUMBERS = {"include_limit": "7", "max_text_length": "12", "contact_limit": "5", "bulk_info_kept_seconds": "1"}
TEXTS = {"time_zone": ("Pacific/Auckland", "US/Hawaii")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How the week goes where it does not go as usual."""

    kept_otherwise: frozenset[str] = frozenset()
    refused: str = ""
    accounts: bool = True


def sides(switch: Switch) -> list[str]:
    """Every value of a switch that is not its default."""
    if switch.choices == ("<number>",):
        return [NUMBERS[switch.name]]
    if not switch.choices:
        return list(TEXTS[switch.name])
    return [value for value in switch.choices if value != switch.default]


def cases() -> list[Any]:
    """Each switch with each of its other values; the quick form has those that matter most."""
    return [
        pytest.param(name, value, id=f"{name}={value}", marks=[] if name in QUICK else pytest.mark.full)
        for name, switch in SWITCHES.items()
        for value in sides(switch)
    ]
