"""Webhooks: who listens, and what is told when (docs/sandbox.md)."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlencode

from sonisbridge.sandbox.deliveries import Deliveries, Delivery
from sonisbridge.sandbox.records import ACTIVE, UNSUBSCRIBED, Contact, Row
from sonisbridge.sandbox.service import ContactChange, Service

EVENTS = (
    "bounce",
    "click",
    "contact_tag_added",
    "contact_tag_removed",
    "deal_add",
    "deal_note_add",
    "deal_pipeline_add",
    "deal_stage_add",
    "deal_task_add",
    "deal_task_complete",
    "deal_tasktype_add",
    "deal_update",
    "forward",
    "list_add",
    "open",
    "reply",
    "sent",
    "share",
    "sms_reply",
    "sms_sent",
    "sms_unsub",
    "subscribe",
    "subscriber_note",
    "unsubscribe",
    "update",
)
MORE_EVENTS = (
    "contact_task_add",
    "account_add",
    "account_update",
    "account_contact_add",
    "account_contact_update",
)
SOURCES = ("public", "admin", "api", "system")
Pairs = list[tuple[str, str]]


class Webhooks:
    """Tells the registered addresses of changes, once each and never again."""

    def __init__(self, service: Service, deliveries: Deliveries) -> None:
        self.service = service
        self.deliveries = deliveries
        service.contact_changed = self.contact_changed
        service.note_added = self.note_added

    def contact_changed(self, change: ContactChange) -> None:
        """Fire what a write to a contact sets off; imports are silent."""
        if not len(self.service.world["webhooks"]):
            return
        if change.origin.batch and not self.service.switches.on("bulk_fires_webhooks"):
            return
        for kind, list_id, extra in self._happened(change):
            self._fire(kind, change.contact, change.origin.source, list_id, extra)

    def note_added(self, contact: Contact, text: str) -> None:
        """Fire subscriber_note."""
        self._fire("subscriber_note", contact, "api", "0", [("note", text)])

    def _happened(self, change: ContactChange) -> Iterator[tuple[str, str, Pairs]]:
        if change.created:
            yield "subscribe", "0", []
        own = False
        for key, (_, new) in change.changes.items():
            kind, _, which = key.partition(":")
            if kind == "list" and new == ACTIVE:
                yield "subscribe", which, []
            elif kind == "list" and new == UNSUBSCRIBED:
                part = change.contact.lists[int(which)]
                more = [("list[][id]", which), ("unsubscribe[reason]", part.reason)]
                yield "unsubscribe", which, more
            elif kind == "tag":
                row = self.service.world["tags"].rows.get(int(which), {})
                name = "contact_tag_added" if new else "contact_tag_removed"
                yield name, "0", [("tag", str(row.get("tag", "")))]
            elif kind == "account":
                yield "account_contact_add", "0", []
            elif kind == "field":
                own = own or self.service.switches.on("webhook_update_on_fields")
            elif kind != "deleted":
                own = True
        if own and not change.created:
            yield "update", "0", []

    def _fire(self, kind: str, contact: Contact, source: str, list_id: str, extra: Pairs) -> None:
        hooks = [hook for hook in self.service.world["webhooks"] if self._wants(hook, kind, source)]
        for hook in hooks:
            wanted = str(hook["listid"])
            if kind in ("subscribe", "unsubscribe", "update") and wanted not in ("0", list_id):
                continue
            pairs = [*self._envelope(kind, source, list_id), *self._contact(contact), *extra]
            delivery = Delivery(
                kind="webhook",
                url=str(hook["url"]),
                body=urlencode(pairs, errors="replace"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            record = self.deliveries.send(delivery, partial(self._gone, int(hook["id"])))
            record["webhook"] = hook["id"]

    def _wants(self, hook: Row, kind: str, source: str) -> bool:
        return hook["state"] == "1" and kind in hook["events"] and source in hook["sources"]

    def _gone(self, key: int, status: int) -> None:
        """An address that answers 410 is never called again."""
        row = self.service.world["webhooks"].rows.get(key)
        if status == 410 and row is not None:
            self.service.world["webhooks"].change(row, {"state": "0"})

    def _envelope(self, kind: str, source: str, list_id: str) -> Pairs:
        return [
            ("type", kind),
            ("date_time", self.service.stamp()),
            ("initiated_from", source),
            ("initiated_by", source),
            ("list", list_id),
        ]

    def _contact(self, contact: Contact) -> Iterator[tuple[str, str]]:
        world = self.service.world
        link = contact.account
        account = str(world["accounts"].rows[link.account]["name"]) if link else ""
        tags = [str(world["tags"].rows[key]["tag"]) for key in contact.tags]
        yield "contact[id]", str(contact.id)
        yield "contact[email]", contact.email
        yield "contact[first_name]", contact.first_name
        yield "contact[last_name]", contact.last_name
        yield "contact[phone]", contact.phone
        yield "contact[ip]", "0.0.0.0"  # noqa: S104 - what the service sends for an API write
        yield "contact[tags]", ", ".join(tags)
        yield "contact[orgname]", account
        yield "contact[customer_acct_name]", account
        named = self.service.switches["webhook_fields"] == "named"
        for key, value in sorted(contact.values.items()):
            perstag = str(world["fields"].rows[key]["perstag"]).lower()
            yield f"contact[fields][{perstag if named else ''}]", value.text


def note_added(service: Service, contact: Contact, text: str) -> None:
    """Tell whoever listens that a contact got a note."""
    service.note_added(contact, text)
