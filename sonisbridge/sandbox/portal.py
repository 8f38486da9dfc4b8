"""The portal: a person's view of the account, as plain pages and forms."""

from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from sonisbridge.sandbox import portal_pages as pages
from sonisbridge.sandbox.contact_writes import STANDARD, ContactWriter, WriteRefused
from sonisbridge.sandbox.contacts_api import EMAIL
from sonisbridge.sandbox.dispatch import Dispatcher
from sonisbridge.sandbox.field_values import FIELD_TYPES, ValueRefused
from sonisbridge.sandbox.fields_api import add_field, add_option, add_relation, drop_field
from sonisbridge.sandbox.lists_api import add_list
from sonisbridge.sandbox.portal_html import page
from sonisbridge.sandbox.records import LIST_STATUS, Contact, as_id
from sonisbridge.sandbox.replies import Reply
from sonisbridge.sandbox.service import Origin, Service

Form = dict[str, str]
_POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'"
_NAMES = dict(zip(STANDARD, ("firstName", "lastName", "phone"), strict=True))


@cache
def _style() -> bytes:
    return (Path(__file__).parent / "portal.css").read_bytes()


def _html(text: str, status: int = 200) -> Reply:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return Reply(status, text.encode("utf-8", "replace"), "text/html; charset=utf-8", headers)


def _to(address: str) -> Reply:
    return Reply(303, b"", "text/plain", {"Location": address})


class Portal:
    """Answers the portal's requests. What it changes, the portal has changed, not the API."""

    def __init__(self, service: Service, dispatcher: Dispatcher) -> None:
        self.service = service
        self.dispatcher = dispatcher

    def answer(self, method: str, path: str, query: str, body: bytes) -> Reply:
        """Answer one request."""
        parts = [part for part in path.split("/") if part][1:]
        asked = dict(parse_qsl(query, keep_blank_values=True))
        if method == "POST":
            given = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            reply = self._post(parts, given)
        else:
            reply = self._get(path, parts, asked)
        return reply or _html(page("Not found", "There is no such page."), 404)

    def _get(self, path: str, parts: list[str], asked: Form) -> Reply | None:
        service = self.service
        match parts:
            case []:
                if path != "/portal/":
                    return _to("/portal/")
                number = as_id(asked.get("page")) or 1
                return _html(pages.contacts_page(service, asked.get("search", ""), number))
            case ["portal.css"]:
                return Reply(200, _style(), "text/css")
            case ["contacts", "new"]:
                return _html(pages.contact_form(service, None, {}))
            case ["contacts", key]:
                contact = service.world.contacts.get(as_id(key) or 0)
                return _html(pages.contact_page(service, contact)) if contact else None
            case ["contacts", key, "edit"]:
                contact = self._contact(key)
                if contact is None:
                    return None
                return _html(pages.contact_form(service, contact, _held(contact)))
            case ["fields"]:
                return _html(pages.fields_page(service))
            case ["lists"]:
                return _html(pages.lists_page(service))
            case ["requests"]:
                return _html(pages.requests_page(service, "marked" in asked))
            case _:
                return None

    def _post(self, parts: list[str], given: Form) -> Reply | None:
        match parts:
            case ["contacts", "new"]:
                return self._save(None, given)
            case ["contacts", key, "edit"]:
                contact = self._contact(key)
                return self._save(contact, given) if contact else None
            case ["contacts", key, "delete"]:
                contact = self._contact(key)
                return self._delete(contact) if contact else None
            case ["contacts", key, "lists", list_key]:
                return self._set_list(self._contact(key), as_id(list_key), given)
            case ["fields"]:
                return self._add_field(given)
            case ["fields", key, "delete"]:
                number = as_id(key)
                if number is not None and number in self.service.world["fields"].rows:
                    drop_field(self.service.world, number)
                return _to("/portal/fields")
            case ["lists"]:
                return self._add_list(given)
            case _:
                return None

    def _contact(self, key: str) -> Contact | None:
        return self.service.world.live_contact(as_id(key))

    def _writer(self) -> ContactWriter:
        return ContactWriter(self.service, Origin(by="portal", source="admin"))

    def _save(self, contact: Contact | None, given: Form) -> Reply:
        email = given.get("email", contact.email if contact else "").strip()
        writer = self._writer()
        if not EMAIL.match(email):
            problem = "This is no e-mail address."
            return _html(pages.contact_form(self.service, contact, given, problem), 422)
        try:
            if contact is None:
                target = writer.create(email)
            else:
                target = contact
                writer.rename(target, email)
        except WriteRefused as error:
            form = pages.contact_form(self.service, contact, given, error.title)
            return _html(form, 422)
        self._write_parts(writer, target, given)
        writer.commit(target)
        return _to(f"/portal/contacts/{target.id}")

    def _write_parts(self, writer: ContactWriter, contact: Contact, given: Form) -> None:
        for own, name in _NAMES.items():
            text, old = given.get(name), getattr(contact, own)
            if text is not None and text != old:
                setattr(contact, own, text)
                writer.changes[own] = (old, text)
        for row in self.service.world["fields"]:
            key = int(row["id"])
            value = given.get(f"field:{key}")
            held = contact.values.get(key)
            if value is None or value == (held.text if held else ""):
                continue
            if not value.strip():
                writer.drop_value(contact, key)
                continue
            try:
                writer.value(contact, row, value)
            except ValueRefused:
                continue
        world = self.service.world
        list_id, account = as_id(given.get("list")), as_id(given.get("account"))
        if list_id is not None and list_id in world["lists"].rows:
            writer.list_status(contact, list_id, LIST_STATUS["active"])
        if account is not None and account in world["accounts"].rows and contact.account is None:
            writer.link_account(contact, account, "")

    def _delete(self, contact: Contact) -> Reply:
        writer = self._writer()
        writer.delete(contact)
        writer.commit(contact)
        return _to("/portal/")

    def _set_list(self, contact: Contact | None, list_id: int | None, given: Form) -> Reply | None:
        if contact is None or list_id is None or list_id not in self.service.world["lists"].rows:
            return None
        status = LIST_STATUS.get(given.get("status", ""))
        if status is not None:
            writer = self._writer()
            try:
                writer.list_status(contact, list_id, status, sourceid=4, reason="by hand")
            except WriteRefused as error:
                return _html(page("Not changed", error.title), 403)
            writer.commit(contact)
        return _to(f"/portal/contacts/{contact.id}")

    def _add_field(self, given: Form) -> Reply:
        world, title = self.service.world, given.get("title", "").strip()
        kind = given.get("type", "text")
        if not title or kind not in FIELD_TYPES:
            return _html(pages.fields_page(self.service, "A field needs a title and a type."), 422)
        if world.named("fields", "title", title):
            problem = f"There is already a field named {title}."
            return _html(pages.fields_page(self.service, problem), 422)
        stamp = self.service.stamp()
        key = int(add_field(world, stamp, {"title": title, "type": kind})["id"])
        for option in filter(None, (text.strip() for text in given.get("options", "").split(","))):
            add_option(world, stamp, key, {"value": option})
        add_relation(world, stamp, key, 0)
        return _to("/portal/fields")

    def _add_list(self, given: Form) -> Reply:
        name = given.get("name", "").strip()
        if not name or self.service.world.named("lists", "name", name):
            problem = "A list needs a name that no other list has."
            return _html(pages.lists_page(self.service, problem), 422)
        row = add_list(self.service.world, self.service.stamp(), {"name": name})
        self.service.world["listGroups"].add({"list": int(row["id"]), "group": 3})
        return _to("/portal/lists")


def _held(contact: Contact) -> dict[str, str]:
    held = {name: str(getattr(contact, own)) for own, name in _NAMES.items()}
    values = {f"field:{key}": value.text for key, value in contact.values.items()}
    return {"email": contact.email, **held, **values}
