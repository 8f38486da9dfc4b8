"""Records as the JSON text of replies. Contacts are written by hand: json.dumps is too slow."""

from collections.abc import Iterable
from hashlib import md5
from html import escape
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from sonisbridge.sandbox.clock import iso
from sonisbridge.sandbox.records import (
    FIELDS_PER_CONTACT,
    AccountLink,
    Contact,
    Membership,
    Row,
    TagLink,
    Value,
    value_id,
)
from sonisbridge.sandbox.service import Service

CONTACT_LINKS = (
    "bounceLogs",
    "contactAutomations",
    "contactData",
    "contactGoals",
    "contactLists",
    "contactLogs",
    "contactTags",
    "contactDeals",
    "deals",
    "fieldValues",
    "geoIps",
    "notes",
    "organization",
    "plusAppend",
    "trackingLogs",
    "scoreValues",
    "accountContacts",
    "automationEntryCounts",
)
LINKS = {
    "fields": ("options", "relations"),
    "lists": ("contactGoalLists", "user", "addressLists"),
    "tags": ("contactGoalTags", "templateTags"),
    "accounts": ("notes", "accountCustomFieldData", "accountContacts", "required"),
    "users": (
        "lists",
        "userGroup",
        "dealGroupTotals",
        "dealGroupUsers",
        "configs",
        "dealConnection",
        "userConversationsPermission",
        "seatUser",
    ),
    "groups": (
        "userGroups",
        "groupLimit",
        "dealGroupGroups",
        "listGroups",
        "addressGroups",
        "automationGroups",
    ),
    "listGroups": ("list", "group"),
    "fieldOptions": ("field",),
    "notes": ("activities", "mentions", "notes", "owner", "user"),
    "automations": (
        "campaigns",
        "contactGoals",
        "contactAutomations",
        "blocks",
        "goals",
        "sms",
        "sitemessages",
    ),
    "contactAutomations": ("automation", "contact", "contactGoals"),
    "groupDefinitions": ("groupMembers", "groupType"),
    "groupMembers": ("groupDefinition",),
    "accountCustomFieldMeta": ("accountCustomFieldData",),
    "accountCustomFieldData": ("account", "accountCustomFieldMetum"),
    "segments": (),
    "webhooks": (),
    "fieldRels": (),
}
_LIST_LINKS = (
    "automation",
    "list",
    "contact",
    "form",
    "autosyncLog",
    "campaign",
    "unsubscribeAutomation",
    "message",
)


class Shapes:
    """Writes records for one account: its address, its time zone, its switches."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.base = f"{service.base_url}/api/3"
        self._contact_links = self._links_text("contacts", CONTACT_LINKS)
        self._value_links = self._links_text("fieldValues", ("owner", "field"))
        self._value_link_parts = self._value_links.split("@")
        self._member_links = self._links_text("contactLists", _LIST_LINKS)
        self._tag_links = self._links_text("contactTags", ("contact", "tag"))
        self._account_links = self._links_text("accountContacts", ("account", "contact"))

    def _links_text(self, kind: str, names: Iterable[str]) -> str:
        parts = (f'"{name}":"{self.base}/{kind}/@/{name}"' for name in names)
        return f"{{{','.join(parts)}}}"

    def row(self, kind: str, row: Row) -> Row:
        """A row of a table with its links."""
        names = LINKS.get(kind, ())
        links: Any = {name: f"{self.base}/{kind}/{row['id']}/{name}" for name in names}
        return {**row, "links": links or []}

    def _text(self, text: str) -> str:
        return quoted(escape(text, quote=False) if self._escaping else text)

    @property
    def _escaping(self) -> bool:
        return self.service.switches.on("html_escape")

    def shown_email(self, contact: Contact) -> str:
        """The address, rewritten where the contact is deleted."""
        if not contact.deleted:
            return contact.email
        return f"deleted+{contact.id}@{contact.email.rpartition('@')[2]}"

    def contact(self, contact: Contact, extra: str = "") -> str:
        """A contact; `extra` is more JSON members, each led by a comma."""
        iso, naive = self.service.iso, self.service.naive
        key = contact.id
        email = self.shown_email(contact)
        local, _, domain = email.partition("@")
        cdate = iso(contact.cdate)
        null_udate = contact.fresh and self.service.switches.on("udate_null_when_fresh")
        udate = "null" if null_udate else f'"{iso(contact.udate)}"'
        link = contact.account
        account = str(link.account) if link else ""
        name = self.service.world["accounts"].rows.get(link.account, {}) if link else {}
        deleted_at = naive(contact.deleted_at) if contact.deleted_at else "0000-00-00 00:00:00"
        return (
            f'{{"cdate":"{cdate}","email":{quoted(email)},"phone":{self._text(contact.phone)},'
            f'"firstName":{self._text(contact.first_name)},'
            f'"lastName":{self._text(contact.last_name)},"orgid":"{account or 0}",'
            f'"orgname":{self._text(str(name.get("name", "")))},"segmentio_id":"",'
            f'"bounced_hard":"{contact.bounced_hard}","bounced_soft":"{contact.bounced_soft}",'
            f'"bounced_date":"{contact.bounced_date or "0000-00-00"}","ip":"0","ua":"",'
            f'"hash":"{_hash(key)}","socialdata_lastcheck":"0000-00-00 00:00:00",'
            f'"email_local":{quoted(local)},"email_domain":{quoted(domain)},"sentcnt":"0",'
            f'"rating_tstamp":"0000-00-00","gravatar":"0","deleted":"{int(contact.deleted)}",'
            f'"anonymized":"{int(contact.anonymized)}","adate":null,"udate":{udate},"edate":null,'
            f'"deleted_at":"{deleted_at}","created_utc_timestamp":"{_local(cdate)}",'
            f'"updated_utc_timestamp":"{_local(iso(contact.udate))}",'
            f'"created_timestamp":"{_local(cdate)}",'
            f'"updated_timestamp":"{_local(iso(contact.udate))}","created_by":null,'
            f'"updated_by":null,"mpp_tracking":"0",'
            f'"email_empty":{"false" if contact.email else "true"},"scoreValues":[],'
            f'"accountContacts":[{quoted(str(link.id)) if link is not None else ""}],'
            f'"links":{self._contact_links.replace("@", str(key))},"id":"{key}",'
            f'"organization":{quoted(account) if account else "null"}{extra}}}'
        )

    def value(self, contact: Contact, field_id: int, value: Value) -> str:
        """A field value of a contact."""
        key = str(value_id(contact.id, field_id))
        iso = self.service.iso
        return (
            f'{{"contact":"{contact.id}","field":"{field_id}","value":{self._text(value.text)},'
            f'"cdate":"{iso(value.cdate)}","udate":"{iso(value.udate)}","created_by":"0",'
            f'"updated_by":"0","links":{self._value_links.replace("@", key)},"id":"{key}",'
            f'"owner":"{contact.id}"}}'
        )

    def values(self, contact: Contact) -> list[str]:
        """All field values of a contact, by field."""
        # The bulk of every full scan: one expression, nothing looked up twice.
        escaping, zone = self._escaping, self.service.switches["time_zone"]
        head = f'{{"contact":"{contact.id}","field":"'
        tail = f'","owner":"{contact.id}"}}'
        before, between, after = self._value_link_parts
        first = contact.id * FIELDS_PER_CONTACT
        return [
            f'{head}{key}","value":'
            f"{quoted(escape(value.text, quote=False) if escaping else value.text)},"
            f'"cdate":"{iso(value.cdate, zone)}","udate":"{iso(value.udate, zone)}",'
            f'"created_by":"0","updated_by":"0","links":{before}{first + key}{between}'
            f'{first + key}{after},"id":"{first + key}{tail}'
            for key, value in sorted(contact.values.items())
        ]

    def membership(self, contact: Contact, list_id: int, part: Membership) -> str:
        """A contact's membership in a list."""
        iso = self.service.iso
        sdate = f'"{iso(part.sdate)}"' if part.sdate else "null"
        unsubscribed = f'"{iso(part.unsubscribed)}"' if part.unsubscribed else "null"
        cdate = _local(iso(part.cdate))
        return (
            f'{{"contact":"{contact.id}","list":"{list_id}","form":null,"seriesid":"0",'
            f'"sdate":{sdate},"udate":{unsubscribed},"status":"{part.status}","responder":"1",'
            f'"sync":"0","unsubreason":{quoted(part.reason)},"campaign":null,"message":null,'
            f'"first_name":{self._text(contact.first_name)},'
            f'"last_name":{self._text(contact.last_name)},"ip4Sub":"0",'
            f'"sourceid":"{part.sourceid}","autosyncLog":null,"ip4_last":"0","ip4Unsub":"0",'
            f'"created_timestamp":"{cdate}","updated_timestamp":"{_local(iso(part.udate))}",'
            f'"created_by":null,"updated_by":null,"unsubscribeAutomation":null,'
            f'"links":{self._member_links.replace("@", str(part.id))},"id":"{part.id}",'
            f'"automation":null}}'
        )

    def memberships(self, contact: Contact) -> list[str]:
        """All list memberships of a contact."""
        return [self.membership(contact, key, part) for key, part in contact.lists.items()]

    def tag_link(self, contact: Contact, tag_id: int, link: TagLink) -> str:
        """A tag on a contact."""
        cdate = self.service.iso(link.cdate)
        return (
            f'{{"contact":"{contact.id}","tag":"{tag_id}","cdate":"{cdate}",'
            f'"created_timestamp":"{_local(cdate)}","updated_timestamp":"{_local(cdate)}",'
            f'"created_by":null,"updated_by":null,'
            f'"links":{self._tag_links.replace("@", str(link.id))},"id":"{link.id}"}}'
        )

    def tag_links(self, contact: Contact) -> list[str]:
        """All tags on a contact."""
        return [self.tag_link(contact, key, link) for key, link in contact.tags.items()]

    def account_link(self, contact: Contact, link: AccountLink) -> str:
        """A contact's link to its account."""
        iso = self.service.iso
        return (
            f'{{"account":"{link.account}","contact":"{contact.id}",'
            f'"jobTitle":{self._text(link.job_title)},'
            f'"createdTimestamp":"{iso(link.cdate)}","updatedTimestamp":"{iso(link.udate)}",'
            f'"links":{self._account_links.replace("@", str(link.id))},"id":"{link.id}"}}'
        )

    def account_links(self, contact: Contact) -> list[str]:
        """The link of a contact to its account, if it has one."""
        return [self.account_link(contact, contact.account)] if contact.account else []


def ids_text(name: str, keys: Iterable[int]) -> str:
    """An array of ids as one more member of an object."""
    written = '","'.join(map(str, keys))
    return f',"{name}":["{written}"]' if written else f',"{name}":[]'


def _hash(key: int) -> str:
    return md5(f"contact {key}".encode(), usedforsecurity=False).hexdigest()


def _local(iso_text: str) -> str:
    """The naive stamps hold the account's wall time although their name says UTC."""
    return f"{iso_text[:10]} {iso_text[11:19]}"
