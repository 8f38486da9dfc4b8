"""ActiveCampaign's endpoints, one method for each that we use (docs/activecampaign.md).

Rows are checked again here: an unknown filter is ignored without a word (section 2), and then
absence proves nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sonisbridge.core.contact import (
    EMAIL,
    STANDARD_FIELDS,
    Contact,
    ContactField,
    ContactId,
    FieldId,
)
from sonisbridge.core.errors import SkipRecordError, StopRunError

from . import bulk, requests, results
from .answers import Json, RefusedError
from .bulk import BulkAccepted, BulkInfo, BulkRejectedError, BulkState
from .limits import BULK_BYTES, BULK_ROWS, PAGE_ROWS
from .pace import Cost
from .results import AccountUser, ContactsPage, broken, rows_of, text
from .transport import PROBE, Params, Stats

__all__ = [
    "AccountUser",
    "ActiveCampaign",
    "BulkAccepted",
    "BulkInfo",
    "BulkRejectedError",
    "BulkState",
    "ContactsPage",
]

INCLUDE = ",".join(results.SIDE_LOADED)
FEW_REQUESTS = 3
"""Contacts that a page tells too little of are asked for one by one up to here, then all at once."""


class Sends(Protocol):
    """What the client needs of a transport."""

    stats: Stats

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Json | None = None,
        repeatable: bool,
        cost: Cost = Cost.REQUEST,
        needs: str = "",
    ) -> Json:
        """The answer's JSON object."""

    def close(self) -> None:
        """Close the connections."""


class ActiveCampaign:
    """One ActiveCampaign account."""

    def __init__(self, transport: Sends) -> None:
        self._transport = transport

    @property
    def stats(self) -> Stats:
        """What was sent so far."""
        return self._transport.stats

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    # The account

    def me(self) -> AccountUser:
        """Whose token it is; the first request to make of an account (section 9)."""
        try:
            user = self._get(PROBE, needs="user")["user"]
        except SkipRecordError as error:
            raise StopRunError(
                "The endpoint does not answer as ActiveCampaign does. Check the Access Token Endpoint."
            ) from error
        if not isinstance(user, dict):
            raise broken("a user without a body")
        names = [text(user.get("firstName")), text(user.get("lastName"))]
        return AccountUser(
            user_id=text(user.get("id")),
            name=" ".join(filter(None, names)) or text(user.get("username")),
        )

    def permissions(self) -> dict[str, bool]:
        """What the token's user may do, in ActiveCampaign's words; empty where unreadable."""
        try:
            link = self._get(f"/users/{self.me().user_id}/userGroup").get("userGroup")
            row = link[0] if isinstance(link, list) and link else link
            group = row if isinstance(row, dict) else {}
            group_id = text(group.get("groupid")) or text(group.get("group"))
            flags = self._get(f"/groups/{group_id}").get("group") if group_id else None
        except (SkipRecordError, StopRunError):
            return {}
        return {
            name: text(value) == "1"
            for name, value in (flags.items() if isinstance(flags, dict) else ())
            if name.lower().startswith(("pg", "p_")) and text(value) in ("0", "1")
        }

    # Contacts

    def contacts_page(
        self,
        after_id: ContactId | None,
        *,
        updated_after: str | None = None,
        limit: int = PAGE_ROWS,
    ) -> ContactsPage:
        """The contacts that follow that id, in the order of ids, with all that belongs to them."""
        limit = min(limit, PAGE_ROWS)
        params: list[tuple[str, str | int]] = [
            ("orders[id]", "ASC"),
            ("id_greater", after_id or "0"),
            ("limit", limit),
        ]
        if updated_after is not None:
            params.append(("filters[updated_after]", updated_after))
        data = self._contacts(params)
        before = int(after_id or 0)
        for row in rows_of(data, "contacts"):
            contact_id = results.number(row.get("id"))
            if contact_id is None or contact_id <= before:
                raise broken("contacts that are not in the order of their ids")
            before = contact_id
        return self._completed(results.contacts_page(data, limit=limit))

    def contacts_by_ids(self, ids: Collection[ContactId]) -> list[Contact]:
        """Those of at most 100 contacts that exist; deleted ones do not."""
        wanted = dict.fromkeys(ids)
        if len(wanted) > PAGE_ROWS:
            raise ValueError(f"at most {PAGE_ROWS} contacts can be asked for at once")
        if not wanted:
            return []
        data = self._contacts(_ids_params(wanted))
        page = self._completed(results.contacts_page(data, limit=PAGE_ROWS))
        found = {contact.contact_id: contact for contact in page.contacts}
        rest = [one for one in wanted if one not in found and one not in page.deleted]
        if rest and not {*found, *page.deleted} <= set(wanted):  # The filter was ignored.
            found |= {one: contact for one in rest if (contact := self._contact(one))}
        return [found[one] for one in wanted if one in found]

    def contact_by_email(self, email: str) -> Contact | None:
        """The contact with that address, case and outer blanks aside."""
        wanted = email.strip()
        if not wanted:
            return None
        data = self._contacts([("email", wanted), ("limit", PAGE_ROWS)])
        page = results.contacts_page(data, limit=PAGE_ROWS)
        same = [one for one in page.contacts if _key(one.value(EMAIL)) == _key(wanted)]
        if not same and page.full:
            raise broken("contacts with other addresses than the one asked for")
        mine = replace(page, contacts=same[:1])
        return next(iter(self._completed(mine).contacts), None)

    def contact_count(self) -> int | None:
        """How many contacts the account has, where it says so."""
        return results.total_of(self._get("/contacts", {"limit": 1}, needs="contacts"))

    def create_contact(self, fields: Mapping[FieldId, str]) -> ContactId:
        """The new contact's id. A taken address is a SkipRecordError with code "duplicate"."""
        body = requests.contact_body(fields)
        return ContactId(self._made("/contacts", body, key="contact"))

    def update_contact(self, contact_id: ContactId, fields: Mapping[FieldId, str]) -> None:
        """Write those values and no others.

        Blank ones are not sent: `clear_fields` takes values away.
        """
        body = requests.contact_body(fields)
        if body["contact"]:
            self._put(contact_id, body)

    def clear_fields(self, contact_id: ContactId, field_ids: Iterable[FieldId]) -> None:
        """Take those values away. An e-mail address cannot be."""
        wanted = set(field_ids)
        if EMAIL in wanted:
            raise SkipRecordError(f"Contact {contact_id} cannot be left without an e-mail address.")
        custom = wanted.difference(STANDARD_FIELDS)
        for row in self._belonging(contact_id, results.FIELD_VALUES) if custom else ():
            if text(row.get("field")) in custom:
                self._delete(f"/fieldValues/{text(row.get('id'))}")
        if standard := wanted.intersection(STANDARD_FIELDS):
            self._put(contact_id, requests.blank_contact_body(sorted(standard)))

    # Custom fields, lists, accounts

    def custom_fields(self) -> list[ContactField]:
        """Every custom field of contacts, with its options."""
        found = []
        for row, data in self._rows("/fields", "fields"):
            options = results.options_beside(data, row)
            if options is None:
                path = f"/fields/{text(row.get('id'))}/options"
                options = rows_of(self._get(path, {"limit": PAGE_ROWS}, needs="fieldOptions"), "fieldOptions")
            found.append(results.field_of(row, options))
        return found

    def create_field(self, title: str, kind: str, options: Sequence[str] = ()) -> ContactField:
        """A new custom field, shown on every list, with its options in that order."""
        data = self._post("/fields", requests.field_body(title, kind))
        row = data.get("field")
        if not isinstance(row, dict):  # One documented answer lists all fields instead (section 5.1).
            beside = data.get("fields")
            same = [one for one in beside if one.get("title") == title] if isinstance(beside, list) else []
            if len(same) != 1:
                raise broken("a new field without its body", sent=True)
            row = same[0]
        made = results.field_of(row)
        self.add_options(made.field_id, options)
        self.show_on_every_list(made.field_id)
        return replace(made, title=made.title or title, kind=kind, options=tuple(options))

    def add_options(self, field_id: FieldId, options: Sequence[str], *, first: int = 1) -> None:
        """Give a field more options; `first` is the place of the first of them."""
        if options:
            self._post("/fieldOption/bulk", requests.options_body(field_id, options, first=first))

    def show_on_every_list(self, field_id: FieldId) -> None:
        """Let users see a field whichever list a contact is on."""
        self._post("/fieldRels", requests.field_on_every_list_body(field_id))

    def lists(self) -> dict[str, str]:
        """List id to name."""
        return {text(row.get("id")): text(row.get("name")) for row, _ in self._rows("/lists", "lists")}

    def accounts_named(self, name: str) -> list[str]:
        """The ids of the accounts named so; if none to the letter, those that differ in case."""
        found = [
            (text(row.get("id")), text(row.get("name")))
            for row, _ in self._rows("/accounts", "accounts", {"search": name.strip()})
        ]
        exact = [account_id for account_id, title in found if title == name.strip()]
        return exact or [account_id for account_id, title in found if _key(title) == _key(name)]

    def create_account(self, name: str) -> str:
        """The new account's id."""
        return self._made("/accounts", {"account": {"name": name.strip()}}, key="account")

    def link_account(self, contact_id: ContactId, account_id: str) -> None:
        """Put the contact into the account.

        One that is in another is a SkipRecordError with code "other-account".
        """
        body = requests.account_link_body(contact_id, account_id)
        try:
            self._transport.send("POST", "/accountContacts", body=body, repeatable=True)
        except RefusedError as error:
            if error.status != 422:
                raise
            held = results.account_of(self._belonging(contact_id, results.ACCOUNT_CONTACTS))
            if held == account_id:
                return
            if held is None:
                raise
            raise SkipRecordError(
                f"Contact {contact_id} belongs to another account ({held}) and was left there.",
                code="other-account",
            ) from error

    # The bulk importer

    def bulk_import(self, rows: Sequence[requests.Body], *, exclude_automations: bool) -> BulkAccepted:
        """Queue the rows.

        Raises BulkRejectedError when some of them are refused: then none was queued.
        """
        if not 0 < len(rows) <= BULK_ROWS:
            raise ValueError(f"a bulk request takes 1 to {BULK_ROWS} rows")
        if exclude_automations:
            rows = [{**row, "exclude_automations": True} for row in rows]
        body = requests.bulk_body(rows, exclude_automations=exclude_automations)
        if len(requests.encoded(body)) > BULK_BYTES:
            raise SkipRecordError(f"A bulk request of {len(rows)} rows is over {BULK_BYTES} bytes.")
        cost = Cost.BULK_ONE if len(rows) == 1 else Cost.BULK_MANY
        try:
            return bulk.bulk_accepted(
                self._transport.send("POST", "/import/bulk_import", body=body, repeatable=False, cost=cost)
            )
        except RefusedError as error:
            raise bulk.bulk_rejected(error.data, sent=len(rows)) from error

    def bulk_info(self, batch_id: str) -> BulkInfo:
        """How a batch stands."""
        return bulk.bulk_info(self._get("/import/info", {"batchId": batch_id}, needs="status"))

    def bulk_outstanding(self) -> int | None:
        """How many contacts wait in the importer, whoever sent them; None where unsaid."""
        return bulk.bulk_outstanding(self._get("/import/bulk_import"))

    # The requests themselves

    def _get(self, path: str, params: Params | None = None, *, needs: str = "") -> Json:
        return self._transport.send("GET", path, params=params, repeatable=True, needs=needs)

    def _post(self, path: str, body: Json) -> Json:
        return self._transport.send("POST", path, body=body, repeatable=False)

    def _put(self, contact_id: ContactId, body: Json) -> None:
        self._transport.send("PUT", f"/contacts/{contact_id}", body=body, repeatable=True)

    def _delete(self, path: str) -> None:
        """Delete; what is gone already is fine."""
        try:
            self._transport.send("DELETE", path, repeatable=True)
        except RefusedError as error:
            if error.code != "not-found":
                raise

    def _made(self, path: str, body: Json, *, key: str) -> str:
        """The id of what was made."""
        made = self._post(path, body).get(key)
        made_id = text(made.get("id")) if isinstance(made, dict) else ""
        if not made_id:
            raise broken(f"a new {key} without its id", sent=True)
        return made_id

    def _contacts(self, params: list[tuple[str, str | int]]) -> Json:
        return self._get("/contacts", [*params, ("include", INCLUDE)], needs="contacts")

    def _contact(self, contact_id: ContactId) -> Contact | None:
        """One contact by a filter that is documented: the first one after the id before."""
        page = self.contacts_page(ContactId(str(int(contact_id) - 1)), limit=1)
        return next((one for one in page.contacts if one.contact_id == contact_id), None)

    def _completed(self, page: ContactsPage) -> ContactsPage:
        """The page with what it lacked read besides: what did not come is not blank.

        First for all of them at once, by their ids; what is missing then, contact by contact.
        """
        found = {contact.contact_id: contact for contact in page.contacts}
        missing = {one: keys for one, keys in page.missing.items() if one in found}
        deleted = list(page.deleted)
        if len(missing) > FEW_REQUESTS:
            data = self._contacts(_ids_params(missing))
            again = results.contacts_page(data, limit=PAGE_ROWS)
            asked = {one.contact_id: one for one in again.contacts if one.contact_id in missing}
            found |= asked
            missing |= {one: again.missing.get(one, frozenset()) for one in asked}
        for contact_id, keys in missing.items():
            try:
                for key in sorted(keys):
                    rows = self._belonging(contact_id, key)
                    found[contact_id] = _with(found[contact_id], key, rows)
            except RefusedError as error:
                if error.code != "not-found":
                    raise
                del found[contact_id]  # It was deleted since the page was made.
                deleted.append(contact_id)
        return replace(page, contacts=list(found.values()), deleted=deleted, missing={})

    def _belonging(self, contact_id: ContactId, key: str) -> list[Mapping[str, Any]]:
        """All rows of one contact in one collection."""
        return [row for row, _ in self._rows(f"/contacts/{contact_id}/{key}", key)]

    def _rows(
        self, path: str, key: str, params: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Mapping[str, Any], Json]]:
        """Every row of a listing, each once, with the page it came on."""
        seen: set[str] = set()
        offset = 0
        while True:
            page: dict[str, str | int] = {**(params or {}), "limit": PAGE_ROWS, "offset": offset}
            data = self._get(path, page, needs=key)
            rows = rows_of(data, key)
            fresh = [row for row in rows if text(row.get("id")) not in seen]
            for row in fresh:
                seen.add(text(row.get("id")))
                yield row, data
            offset += len(rows)
            total = results.total_of(data)
            if not fresh or (len(rows) < PAGE_ROWS and offset >= (total or 0)):
                return


def _ids_params(ids: Iterable[ContactId]) -> list[tuple[str, str | int]]:
    return [("limit", PAGE_ROWS), *(("ids[]", one) for one in ids)]


def _key(value: str) -> str:
    return " ".join(value.split()).casefold()


def _with(contact: Contact, key: str, rows: list[Mapping[str, Any]]) -> Contact:
    """The contact with one of its collections replaced by what was read for it alone."""
    match key:
        case results.FIELD_VALUES:
            standard = {name: v for name, v in contact.fields.items() if name in STANDARD_FIELDS}
            return replace(contact, fields=standard | results.custom_values(rows))
        case results.CONTACT_LISTS:
            return replace(contact, lists=results.list_standings(rows))
        case _:
            return replace(contact, account_id=results.account_of(rows))
