"""How a queued import is worked: later, row by row, with its own reasons to fail."""

from collections.abc import Callable
from typing import Any

from sonisbridge.sandbox.accounts_api import add_account
from sonisbridge.sandbox.contact_writes import ContactWriter, WriteRefused
from sonisbridge.sandbox.field_values import as_text
from sonisbridge.sandbox.records import ACTIVE, UNSUBSCRIBED, Contact, Row, as_id
from sonisbridge.sandbox.service import Origin, Service
from sonisbridge.sandbox.world import World

FINAL = ("completed", "failed", "interrupted")
FULL_BATCH = 250
STANDARD = ("first_name", "last_name", "phone")


class RowFails(Exception):
    """One row of an import is not written; the message is the reason."""


def is_excluded(world: World, email: str) -> bool:
    """Whether an address is on the account's exclusion list."""
    wanted = email.strip().casefold()
    for row in world["exclusions"]:
        phrase = str(row["matchPhrase"]).casefold()
        kind = row["matchType"]
        if kind == "exact" and wanted == phrase:
            return True
        if kind == "end" and wanted.endswith(phrase):
            return True
        if kind == "start" and wanted.startswith(phrase):
            return True
        if kind == "contains" and phrase in wanted:
            return True
    return False


def latency(rows: int) -> float:
    """Service seconds until an import of so many rows is done: about 2 for few, 6 for a full one."""
    return 2.0 + 4.0 * min(rows, FULL_BATCH) / FULL_BATCH


class BulkImporter:
    """Works queued imports when their time has come."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.started: dict[str, float] = {}  # batchId -> service seconds
        self.on_done: Callable[[Row], None] = lambda _: None
        for batch in service.world["batches"]:  # left over from before a restart
            if batch["finished"] is None:
                self.queue(batch)

    def queue(self, batch: Row) -> None:
        """Take an import on; its time runs from now."""
        self.started[batch["batchId"]] = self.service.clock.seconds()

    def next_due(self) -> float | None:
        """When the next import will be done, in service seconds."""
        return min((self._due(batch) for batch in self._open()), default=None)

    def _open(self) -> list[Row]:
        batches = self.service.world["batches"]
        known = (batch for batch in batches if batch["batchId"] in self.started)
        return list(known)

    def _due(self, batch: Row) -> float:
        return self.started[batch["batchId"]] + latency(int(batch["contacts"]))

    def settle(self) -> None:
        """Work every import whose time has come."""
        if not self.started:
            return
        now = self.service.clock.seconds()
        due = [batch for batch in self._open() if self._due(batch) <= now]
        for batch in sorted(due, key=self._due):
            del self.started[batch["batchId"]]
            self._work(batch)

    def status(self, batch: Row) -> str | bool:
        """What /import/info says of an import."""
        started = self.started.get(batch["batchId"])
        if started is None:
            return str(batch["status"])
        age = self.service.clock.seconds() - started
        if age < 1.0:
            return False
        part = (age - 1.0) / (latency(int(batch["contacts"])) - 1.0)
        return "waiting" if part < 0.2 else "claimed" if part < 0.4 else "active"

    def forgotten(self, batch: Row) -> bool:
        """Whether a finished import is too old to be asked about."""
        kept = self.service.switches.number("bulk_info_kept_seconds")
        if not kept or batch["finished"] is None:
            return False
        return self.service.clock.now() - int(batch["finished"]) > kept

    def _work(self, batch: Row) -> None:
        rows: list[tuple[int, Row]] = list(enumerate(batch["rows"], start=1))
        fault, fraction = batch["fault"] or ("", 0.0)
        status = {"bulk_failed": "failed", "bulk_interrupted": "interrupted"}.get(fault, "completed")
        if self.service.switches["bulk_row_order"] == "reversed":
            rows.reverse()
        done = len(rows)
        if fault == "bulk_failed":
            done = 0
        elif fault:
            done = max(len(rows) - max(round(len(rows) * fraction), 1), 0)
        for number, row in rows[:done]:
            self._row(batch, number, row)
        if fault == "bulk_partial":
            for number, row in rows[done:]:
                self._fails(batch, number, row, "The contact could not be processed.")
        finished = {"status": status, "finished": self.service.clock.now()}
        self.service.world["batches"].change(batch, finished)
        self.on_done(batch)
        batch["rows"] = []  # a hundred thousand of them would be most of our memory

    def _fails(self, batch: Row, number: int, row: Row, reason: str) -> None:
        batch["failure"].append(as_text(row["email"]))
        batch["reasons"][str(number)] = reason

    def _row(self, batch: Row, number: int, row: Row) -> None:
        place = self.service.switches["exclude_automations_place"]
        top = batch["exclude_automations"] and place in ("either", "top")
        own = bool(row.get("exclude_automations")) and place in ("either", "row")
        writer = ContactWriter(
            self.service,
            Origin(
                by=f"batch {batch['batchId']} row {number}",
                automations=not (top or own),
                batch=batch["batchId"],
                row=number,
            ),
        )
        try:
            contact = self._write(writer, row)
        except RowFails as error:
            self._fails(batch, number, row, str(error))
            return
        if writer.created or self.service.switches["bulk_success_lists"] != "created":
            batch["success"].append(str(contact.id))

    def _write(self, writer: ContactWriter, row: Row) -> Contact:
        world = self.service.world
        email = as_text(row["email"]).strip()
        if is_excluded(world, email):
            raise RowFails("The address is on the exclusion list.")
        contact = world.find(email)
        subscribe = self._allowed_lists(contact, row)
        if contact is None:
            try:
                contact = writer.create(email)
            except WriteRefused as error:
                raise RowFails(error.title) from error
        writer.standard(contact, self._standard(row))
        for entry in row.get("fields") or ():
            field = world["fields"].get(entry["id"])
            if field is not None:
                writer.value(contact, field, entry["value"], bulk=True)
        self._tags(writer, contact, row)
        for list_id in subscribe:
            writer.list_status(contact, list_id, ACTIVE)
        for entry in row.get("unsubscribe") or ():
            writer.list_status(contact, as_id(entry["listid"]) or 0, UNSUBSCRIBED)
        self._account(writer, contact, as_text(row.get("customer_acct_name")).strip())
        writer.commit(contact)
        return contact

    def _allowed_lists(self, contact: Contact | None, row: Row) -> list[int]:
        if contact is not None and contact.bounced_hard:
            raise RowFails("The address is on the bounced list.")
        allowed = []
        for entry in row.get("subscribe") or ():
            list_id = as_id(entry["listid"]) or 0
            part = contact.lists.get(list_id) if contact else None
            if part is None or part.status != UNSUBSCRIBED:
                allowed.append(list_id)
            elif self.service.switches["bulk_unsubscribed_row"] == "fail":
                raise RowFails("The contact had unsubscribed from the list.")
        return allowed

    def _standard(self, row: Row) -> dict[str, str]:
        given = {key: as_text(row[key]) for key in STANDARD if key in row}
        answer = self.service.switches["blank_clears_bulk"]
        if answer == "off":
            return {key: text for key, text in given.items() if text.strip()}
        return given

    def _tags(self, writer: ContactWriter, contact: Contact, row: Row) -> None:
        tags = self.service.world["tags"]
        for name in row.get("tags") or ():
            if not name.strip():
                continue
            held = self.service.world.named("tags", "tag", name)
            if held is None:
                made: dict[str, Any] = {"tagType": "contact", "tag": name, "description": ""}
                held = tags.add({**made, "cdate": self.service.stamp()})
            writer.add_tag(contact, int(held["id"]))

    def _account(self, writer: ContactWriter, contact: Contact, name: str) -> None:
        switches = self.service.switches
        if not name or contact.account is not None:
            return
        if not switches.on("bulk_links_account") or not switches.on("accounts_enabled"):
            return
        account = self.service.world.named("accounts", "name", name)
        if account is None:
            if not switches.on("bulk_creates_account"):
                return
            account = add_account(self.service.world, self.service.stamp(), {"name": name})
        writer.link_account(contact, int(account["id"]), "")
