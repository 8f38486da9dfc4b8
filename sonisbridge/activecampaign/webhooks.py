"""The account's webhooks: registering an address of ours and taking it away again (docs/activecampaign.md, section 8)."""

from __future__ import annotations

from .answers import RefusedError
from .client import Sends
from .results import broken, text

EVENTS = ("subscribe", "update")
"""A contact was added or subscribed to a list, a contact was changed; no event is told of a contact alone being new."""
SOURCES = ("public", "admin", "api", "system")
"""Whoever changed it. What we write ourselves is told too, and of whom it is, is known here."""


class Webhooks:
    """The webhooks of one account."""

    def __init__(self, transport: Sends) -> None:
        self._transport = transport

    def register(self, name: str, url: str) -> str:
        """The id of the new webhook. Raises RefusedError, with the reason, where the account takes no such address."""
        body = {"webhook": {"name": name, "url": url, "events": [*EVENTS], "sources": [*SOURCES], "listid": "0"}}
        made = self._transport.send("POST", "/webhooks", body=body, repeatable=False).get("webhook")
        webhook_id = text(made.get("id")) if isinstance(made, dict) else ""
        if not webhook_id:
            raise broken("a new webhook without its id", sent=True)
        return webhook_id

    def address(self, webhook_id: str) -> str:
        """The address of that webhook, "" when there is none of that id."""
        try:
            found = self._transport.send("GET", f"/webhooks/{webhook_id}", repeatable=True).get("webhook")
        except RefusedError as error:
            if error.code != "not-found":
                raise
            return ""
        return text(found.get("url")) if isinstance(found, dict) else ""

    def remove(self, webhook_id: str) -> None:
        """Take it away; one that is gone already is fine."""
        try:
            self._transport.send("DELETE", f"/webhooks/{webhook_id}", repeatable=True)
        except RefusedError as error:
            if error.code != "not-found":
                raise
