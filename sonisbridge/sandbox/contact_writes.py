"""Every way to change a contact. Keeps indexes, udate, history and automations in step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from sys import intern
from typing import Any

from sonisbridge.sandbox.field_values import Fate, ValueRules
from sonisbridge.sandbox.records import (
    ACTIVE,
    BOUNCED,
    UNSUBSCRIBED,
    AccountLink,
    Contact,
    Membership,
    Row,
    TagLink,
    Value,
)
from sonisbridge.sandbox.service import ContactChange, Origin, Service

STANDARD = ("first_name", "last_name", "phone")
_EVENTS = {"list": "subscription_changed", "tag": "tag_changed", "account": "account_changed"}


class WriteRefused(Exception):
    """The service does not make this change; `code` and `pointer` are those of the reply."""

    def __init__(self, title: str, *, code: str, pointer: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.code = code
        self.pointer = pointer


DUPLICATE_EMAIL = "Email address already exists in the system"


class ContactWriter:
    """One write to one contact: change its parts, then `commit` once."""

    def __init__(self, service: Service, origin: Origin) -> None:
        self.service = service
        self.world = service.world
        self.switches = service.switches
        self.origin = origin
        self.now = service.clock.now()
        self.created = False
        self.sub_write = False
        self.changes: dict[str, tuple[Any, Any]] = {}

    # -- the contact itself

    def create(self, email: str) -> Contact:
        """A new contact; raises WriteRefused when the address is taken or the account full."""
        limit = self.switches.number("contact_limit")
        if limit and len(self.world.live) >= limit:
            raise WriteRefused("The contact limit of the account is reached", code="limit_exceeded")
        email = self._stored_email(email)
        self.require_free(email, None)
        revived = self._gone_contact(email)
        if revived is not None:
            return revived
        contact = Contact(id=self.world.next_id("contact"), email=email, cdate=self.now, udate=self.now)
        self.world.index(contact)
        self.created = True
        self._note("email", None, email)
        return contact

    def require_free(self, email: str, owner: Contact | None) -> None:
        """Raise WriteRefused when somebody else holds the address."""
        holder = self.world.find(email)
        if holder is not None and holder is not owner:
            raise WriteRefused(DUPLICATE_EMAIL, code="duplicate", pointer="/data/attributes/email")

    def _gone_contact(self, email: str) -> Contact | None:
        answer = self.switches["deleted_email_reused"]
        if answer == "new" or not email:
            return None
        key = self.world.email_key(email)
        for contact in reversed(self.world.contacts.values()):
            if contact.deleted and self.world.email_key(contact.email) == key:
                if answer == "reject":
                    raise WriteRefused(DUPLICATE_EMAIL, code="duplicate", pointer="/data/attributes/email")
                contact.deleted, contact.deleted_at = False, None
                self.world.index(contact)
                self._note("deleted", True, False)
                return contact
        return None

    def _stored_email(self, email: str) -> str:
        email = email.strip()
        return email.lower() if self.switches["email_case"] == "lower" else email

    def rename(self, contact: Contact, email: str) -> None:
        """Another e-mail address; raises WriteRefused when somebody else holds it."""
        email = self._stored_email(email)
        if email == contact.email:
            return
        self.require_free(email, contact)
        self._note("email", contact.email, email)
        self.world.rename(contact, email)

    def standard(self, contact: Contact, values: Mapping[str, str]) -> None:
        """First name, last name and phone."""
        longest = self.switches.number("max_text_length")
        for name, text in values.items():
            if not text.strip() and not self.switches.on("blank_clears_standard"):
                continue
            kept = text[:longest] if longest else text
            if (old := getattr(contact, name)) != kept:
                setattr(contact, name, kept)
                self._note(name, old, kept)

    def bounce(self, contact: Contact, hard: int) -> None:
        """Mark a contact as bounced."""
        if contact.bounced_hard != hard:
            self._note("bounced_hard", contact.bounced_hard, hard)
            contact.bounced_hard = hard
            contact.bounced_date = self.service.iso(self.now)[:10] if hard else None

    def delete(self, contact: Contact) -> None:
        """Delete a contact: it leaves every listing and its address is free."""
        self._note("deleted", False, True)
        if contact.account is not None and self.switches.on("delete_ends_links"):
            self.unlink_account(contact)
        self.world.unindex(contact)
        contact.deleted, contact.deleted_at = True, self.now

    # -- its parts

    def value(self, contact: Contact, field: Row, raw: object, *, bulk: bool = False) -> None:
        """One custom field value; raises ValueRefused where a switch says so."""
        self.sub_write = True
        rules = ValueRules(world=self.world, switches=self.switches, bulk=bulk)
        fate = rules.take(field, raw)
        if fate is Fate.IGNORED:
            return
        key = int(field["id"])
        text = "" if fate is Fate.CLEARED else str(fate)
        if fate is Fate.CLEARED and self.switches["cleared_value"] == "remove":
            self.drop_value(contact, key)
            return
        old = contact.values.get(key)
        if old is None and not text:
            return
        if old is None or old.text != text:
            self._note(f"field:{key}", old.text if old else None, text)
        elif not self.switches.on("noop_bumps_udate"):
            return
        contact.values[key] = Value(text, old.cdate if old else self.now, self.now)

    def drop_value(self, contact: Contact, field_id: int) -> None:
        """Remove a custom field value."""
        self.sub_write = True
        old = contact.values.pop(field_id, None)
        if old is not None:
            self._note(f"field:{field_id}", old.text, None)

    def list_status(
        self, contact: Contact, list_id: int, status: int, *, sourceid: int = 0, reason: str = ""
    ) -> Membership:
        """Put a contact on a list or change its status there."""
        self.sub_write = True
        part = contact.lists.get(list_id)
        old = part.status if part else None
        if old == UNSUBSCRIBED and status == ACTIVE:
            self._may_resubscribe(sourceid)
            sourceid = sourceid or 4
        if part is None:
            key = self.world.next_id("contactList")
            part = Membership(id=key, status=status, cdate=self.now, udate=self.now)
            contact.lists[list_id] = part
            self.world.memberships[key] = (contact.id, list_id)
        part.status, part.udate, part.sourceid = status, self.now, sourceid
        if status == ACTIVE and old != ACTIVE:
            part.sdate = self.now
        elif status == UNSUBSCRIBED and old != UNSUBSCRIBED:
            part.unsubscribed, part.reason = self.now, reason
        elif status == BOUNCED:
            contact.bounced_hard = contact.bounced_hard or 1
        if old != status:
            self._note(f"list:{list_id}", old, status)
        return part

    def _may_resubscribe(self, sourceid: int) -> None:
        answer = self.switches["resubscribe_allowed"]
        if answer == "off" or (answer == "sourceid_4" and sourceid != 4):
            raise WriteRefused("You may not re-subscribe this contact", code="forbidden")

    def add_tag(self, contact: Contact, tag_id: int) -> TagLink:
        """Put a tag on a contact; a tag that is there stays as it is."""
        self.sub_write = True
        link = contact.tags.get(tag_id)
        if link is None:
            link = TagLink(self.world.next_id("contactTag"), self.now)
            contact.tags[tag_id] = link
            self.world.tag_links[link.id] = (contact.id, tag_id)
            self._note(f"tag:{tag_id}", None, "added")
        return link

    def remove_tag(self, contact: Contact, tag_id: int) -> None:
        """Take a tag off a contact."""
        self.sub_write = True
        link = contact.tags.pop(tag_id, None)
        if link is not None:
            del self.world.tag_links[link.id]
            self._note(f"tag:{tag_id}", "added", None)

    def link_account(self, contact: Contact, account_id: int, job_title: str) -> AccountLink:
        """Make a contact belong to an account; raises WriteRefused when it has one."""
        if contact.account is not None:
            raise WriteRefused(
                "This contact is already associated with an account."
                " We currently do not support contacts on multiple accounts.",
                code="field_invalid",
                pointer="/data/attributes/account,contact",
            )
        self.sub_write = True
        key = self.world.next_id("accountContact")
        contact.account = AccountLink(key, account_id, job_title, self.now, self.now)
        self.world.account_links[key] = contact.id
        self._note("account", None, account_id)
        return contact.account

    def move_account(self, contact: Contact, account_id: int, job_title: str) -> None:
        """Change the account that a contact belongs to."""
        self.sub_write = True
        link = contact.account
        if link is not None:
            if link.account != account_id:
                self._note("account", link.account, account_id)
            contact.account = replace(link, account=account_id, job_title=job_title, udate=self.now)

    def unlink_account(self, contact: Contact) -> None:
        """End a contact's link to its account."""
        self.sub_write = True
        if contact.account is not None:
            del self.world.account_links[contact.account.id]
            self._note("account", contact.account.account, None)
            contact.account = None

    # -- the end of the write

    def _note(self, key: str, old: object, new: object) -> None:
        key = intern(key)  # there are few keys and very many changes
        self.changes[key] = (self.changes[key][0] if key in self.changes else old, new)

    def commit(self, contact: Contact) -> None:
        """Date the change, remember it, and tell who listens."""
        own = any(not key.startswith(("field", "list", "tag", "account")) for key in self.changes)
        moves = self.switches.on("noop_bumps_udate") if not self.changes else True
        if self.sub_write and not own and not self.switches.on("subwrite_bumps_udate"):
            moves = False
        if self.origin.batch and not self.switches.on("bulk_bumps_udate"):
            moves = False
        fresh = contact.fresh
        self.world.touch(contact, self.now if moves or self.created else None)
        contact.fresh = self.created or (fresh and not moves)
        if not self.changes:
            return
        if self.switches.on("history"):
            self.world.remember(
                contact.id,
                {"at": self.now, "by": self.origin.by, **self._remembered()},
            )
        events = tuple(dict.fromkeys(self._events()))
        self._automations(contact, events)
        self.service.contact_changed(
            ContactChange(
                contact=contact,
                created=self.created,
                changes=self.changes,
                events=events,
                origin=self.origin,
            )
        )

    def _remembered(self) -> Row:
        # A new contact has no old values to keep, which halves what 100,000 of them take.
        if self.created:
            return {"made": {key: new for key, (_, new) in self.changes.items()}}
        return {"changes": self.changes}

    def _events(self) -> Iterable[str]:
        if self.created:
            yield "contact_added"
        for key in self.changes:
            if key == "deleted":
                continue
            kind = key.partition(":")[0]
            if kind in _EVENTS:
                yield _EVENTS[kind]
            elif not self.created:
                yield "field_changed"

    def _automations(self, contact: Contact, events: tuple[str, ...]) -> None:
        if not events:
            return
        self.service.automations.append(
            {
                "number": len(self.service.automations) + 1,
                "at": self.service.iso(self.now),
                "contact": str(contact.id),
                "events": list(events),
                "by": self.origin.by,
                "batch": self.origin.batch,
                "row": self.origin.row,
                "would_run": self.origin.automations,
            }
        )
