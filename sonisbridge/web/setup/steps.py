"""The four steps from a fresh institution to its first export: which are done, and where the next one is."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from sonisbridge.store.models import Institution


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the set-up, as Home and the set-up pages show it."""

    name: str
    """The page of the step in the URL table."""
    title: str
    text: str
    """What is done in it."""
    url: str
    done: bool
    now: bool
    """The first that is not done."""


_STEPS = (
    ("set-up-sonis", "Connect SONIS", "Say where the SONIS database is, and see that what is read is there."),
    ("set-up-activecampaign", "Connect ActiveCampaign", "Give the Access Token Endpoint and the Access Token, and test them."),
    ("set-up-mapping", "Map the fields", "Make the contact fields that are missing, and say what goes where."),
    ("set-up-first-export", "Send the first export", "Look at what would be sent, then send it."),
)  # fmt: skip


def steps_of(institution: Institution) -> list[Step]:
    """The steps in their order. Asks the bridge's database alone."""
    done = (
        bool(institution.sonis_url),
        bool(institution.endpoint and institution.token),
        institution.mapping_rows.exists(),
        finished(institution),
    )
    first = done.index(False) if False in done else len(done)
    return [
        Step(
            name=name, title=title, text=text, url=reverse(name, args=[institution.pk]),
            done=done[place], now=place == first,
        )
        for place, (name, title, text) in enumerate(_STEPS)
    ]  # fmt: skip


def steps_ahead() -> list[Step]:
    """The steps before there is an institution: the first is the one to do, and none has a page yet."""
    return [
        Step(name=name, title=title, text=text, url="", done=False, now=place == 0)
        for place, (name, title, text) in enumerate(_STEPS)
    ]


def finished(institution: Institution) -> bool:
    """Whether the first export was sent, or had nothing to send: from then on Home shows no steps."""
    if institution.wrote_at is not None:
        return True
    ended_well = ("succeeded", "succeeded_with_problems")
    sent = institution.runs.filter(kind="outbound", preview=False, reconcile=False, status__in=ended_well)
    return sent.exists()
