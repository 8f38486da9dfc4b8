"""What the portal's pages show."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from sonisbridge.sandbox.clock import account_zone
from sonisbridge.sandbox.field_values import FIELD_TYPES
from sonisbridge.sandbox.portal_html import (
    Html,
    button,
    cells,
    choice,
    field,
    form,
    join,
    link,
    page,
    show,
    table,
    tag,
)
from sonisbridge.sandbox.records import LIST_STATUS, Contact, Row
from sonisbridge.sandbox.request_log import Entry
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.world import changes_of

PAGE_SIZE = 50
STATUS_NAMES = {number: name for name, number in LIST_STATUS.items()}
_STATUS_LOOK = {"active": "good", "unsubscribed": "bad", "bounced": "bad", "unconfirmed": "warn"}
_STATUS_SHAPE = {"active": "●", "unsubscribed": "○", "bounced": "▲", "unconfirmed": "◌"}
_STANDARD_NAMES = {"first_name": "First Name", "last_name": "Last Name", "phone": "Phone"}


def moment(service: Service, seconds: int | None) -> Html:
    """A time as people read it, with the zone on hover."""
    if seconds is None:
        return Html("")
    local = datetime.fromtimestamp(seconds, account_zone(service.switches["time_zone"]))
    shown = f"{local.day} {local:%b %Y, %H:%M}"
    return tag("time", shown, datetime=service.iso(seconds), title=service.iso(seconds))


def full_name(contact: Contact) -> str:
    """First and last name, or a word where both are blank."""
    return f"{contact.first_name} {contact.last_name}".strip() or "(no name)"


def status_text(status: int) -> Html:
    """A list status by word, shape and colour."""
    name = STATUS_NAMES[status]
    shape = tag("span", _STATUS_SHAPE[name] + " ", aria_hidden="true")
    return tag("span", join((shape, name)), class_=_STATUS_LOOK[name])


def _lists_text(service: Service, contact: Contact) -> Html:
    lists = service.world["lists"].rows
    lines = [
        tag("div", join((lists[key]["name"] if key in lists else key, ": ", status_text(part.status))))
        for key, part in contact.lists.items()
    ]
    return join(lines) if lines else tag("span", "on no list", class_="quiet")


def _account_name(service: Service, contact: Contact) -> str:
    if contact.account is None:
        return ""
    row = service.world["accounts"].rows.get(contact.account.account)
    return str(row["name"]) if row else ""


def sonis_field(service: Service) -> int | None:
    """The field that holds the SONIS ID, if there is one."""
    for row in service.world["fields"]:
        if str(row["title"]).upper().replace(" ", "_") == "SONIS_ID":
            return int(row["id"])
    return None


def _matching(service: Service, search: str) -> list[int]:
    world = service.world
    wanted = search.casefold()
    if not wanted:
        return world.live

    def texts(contact: Contact) -> str:
        values = " ".join(value.text for value in contact.values.values())
        return f"{contact.email} {full_name(contact)} {contact.phone} {values}".casefold()

    return [key for key in world.live if wanted in texts(world.contacts[key])]


def contacts_page(service: Service, search: str, number: int) -> str:
    """The list of contacts, newest first."""
    found = _matching(service, search)
    pages = max((len(found) + PAGE_SIZE - 1) // PAGE_SIZE, 1)
    number = min(max(number, 1), pages)
    end = len(found) - (number - 1) * PAGE_SIZE
    shown = [service.world.contacts[key] for key in reversed(found[max(end - PAGE_SIZE, 0) : end])]
    sonis = sonis_field(service)
    rows = []
    for contact in shown:
        value = contact.values.get(sonis) if sonis is not None else None
        rows.append(
            cells(
                link(f"/portal/contacts/{contact.id}", full_name(contact)),
                contact.email,
                value.text if value else "",
                _account_name(service, contact),
                tag("td", moment(service, contact.cdate), class_="fixed"),
                _lists_text(service, contact),
            )
        )
    heads = ("Name", "E-mail", "SONIS ID", "Account", "Date Created", "Lists")
    finder = form(
        "/portal/",
        join((field("Name, e-mail, phone or a field's value", "search", search, type="search"), button("Search"))),
        method="get",
    )
    empty = "No contact matches." if search else "There is no contact yet."
    body = join((finder, table(heads, rows, empty), _pager("/portal/", search, number, pages)))
    return page(f"Contacts ({len(found):,})", body, "/portal/")


def _pager(address: str, search: str, number: int, pages: int) -> Html:
    def to(other: int, text: str) -> Html:
        return link(f"{address}?{urlencode({'search': search, 'page': other})}", text)

    parts = [to(number - 1, "Newer")] if number > 1 else []
    parts.append(tag("span", f"Page {number:,} of {pages:,}"))
    if number < pages:
        parts.append(to(number + 1, "Older"))
    return tag("p", join(parts), class_="pages")


def field_names(service: Service) -> dict[str, str]:
    """What the keys of a change mean."""
    names = {f"field:{row['id']}": str(row["title"]) for row in service.world["fields"]}
    names |= {f"list:{row['id']}": f"List {row['name']}" for row in service.world["lists"]}
    names |= {f"tag:{row['id']}": f"Tag {row['tag']}" for row in service.world["tags"]}
    return names | {"account": "Account", "email": "E-mail", **_STANDARD_NAMES}


def contact_page(service: Service, contact: Contact) -> str:
    """One contact: what it holds, its lists, its history."""
    fields = service.world["fields"].rows
    about = [
        ("E-mail", contact.email),
        ("Phone", contact.phone),
        ("Account", _account_name(service, contact)),
        ("Date Created", moment(service, contact.cdate)),
        ("Last changed", moment(service, contact.udate)),
        ("Contact id", contact.id),
        ("Tags", ", ".join(_tag_names(service, contact))),
        ("Bounced", "yes" if contact.bounced_hard else "no"),
    ]
    about += [(str(fields[key]["title"]), value.text) for key, value in sorted(contact.values.items()) if key in fields]
    details = tag("dl", join(_pair(name, value) for name, value in about))
    address = f"/portal/contacts/{contact.id}"
    gone = contact.deleted
    actions = tag("p", link(f"{address}/edit", "Edit", class_="button"))
    note = tag("p", "This contact is deleted.", class_="problem")
    body = join(
        (
            note if gone else actions,
            details,
            tag("h2", "Lists"),
            _membership_forms(service, contact, address),
            tag("h2", "History"),
            _history(service, contact),
            "" if gone else tag("h2", "Delete"),
            "" if gone else form(f"{address}/delete", button("Delete this contact")),
        )
    )
    return page(full_name(contact), body)


def _pair(name: str, value: object) -> Html:
    return join((tag("dt", name), tag("dd", value)))


def _tag_names(service: Service, contact: Contact) -> list[str]:
    rows = service.world["tags"].rows
    return [str(rows[key]["tag"]) for key in contact.tags if key in rows]


def _membership_forms(service: Service, contact: Contact, address: str) -> Html:
    rows = []
    for row in service.world["lists"]:
        part = contact.lists.get(int(row["id"]))
        status = STATUS_NAMES[part.status] if part else ""
        options = [("", "not on the list")] if part is None else []
        options += [(name, name) for name in LIST_STATUS]
        change = form(
            f"{address}/lists/{row['id']}",
            join((choice("", "status", options, status), button("Set"))),
        )
        ended = moment(service, part.unsubscribed) if part else ""
        rows.append(cells(row["name"], status_text(part.status) if part else "", ended, change))
    return table(("List", "Status", "Unsubscribed", "Change"), rows, "There is no list.")


def _history(service: Service, contact: Contact) -> Html:
    names = field_names(service)
    rows = [
        cells(
            tag("td", moment(service, entry["at"]), class_="fixed"),
            _who(entry["by"]),
            names.get(key, key),
            tag("td", _change(key, change[0]), class_="wrap"),
            tag("td", _change(key, change[1]), class_="wrap"),
        )
        for entry in reversed(service.world.history.get(contact.id, [])[-500:])
        for key, change in changes_of(entry).items()
    ]
    heads = ("When", "By", "Field", "Old", "New")
    return table(heads, rows, "Nothing has changed since it was loaded.")


def _who(by: str) -> Html:
    """Who made a change; an import by the start of its long id."""
    words = by.split()
    if words[0] != "batch":
        return show(by)
    return tag("span", f"import {words[1][:8]}, row {words[-1]}", title=by)


def _change(key: str, value: object) -> Html:
    known = key.startswith("list:") and value in STATUS_NAMES
    return status_text(value) if known and isinstance(value, int) else show(value)


def contact_form(service: Service, contact: Contact | None, given: Row, problem: str = "") -> str:
    """Add or edit a contact."""
    parts = [
        field("First Name", "firstName", given.get("firstName", "")),
        field("Last Name", "lastName", given.get("lastName", "")),
        field("Email Address", "email", given.get("email", ""), required=True),
        field("Phone", "phone", given.get("phone", "")),
    ]
    for row in service.world["fields"]:
        name = f"field:{row['id']}"
        parts.append(_value_input(service, row, name, str(given.get(name, ""))))
    if contact is None:
        lists = [("", "on no list"), *((row["id"], row["name"]) for row in service.world["lists"])]
        parts.append(choice("Subscribe to", "list", lists, str(given.get("list", ""))))
        accounts = [("", "none"), *((row["id"], row["name"]) for row in service.world["accounts"])]
        parts.append(choice("Account", "account", accounts, str(given.get("account", ""))))
    parts.append(tag("p", button("Save", main=True), class_="whole"))
    address = "/portal/contacts/new" if contact is None else f"/portal/contacts/{contact.id}/edit"
    title = "Add contact" if contact is None else f"Edit {full_name(contact)}"
    return page(title, form(address, join(parts), "fields"), address, problem)


def _value_input(service: Service, row: Row, name: str, value: str) -> Html:
    title, kind = str(row["title"]), str(row["type"])
    if kind in ("dropdown", "radio"):
        values = [str(one["value"]) for one in service.world.options_of(int(row["id"]))]
        return choice(title, name, [("", ""), *((text, text) for text in values)], value)
    if kind == "textarea":
        return tag("label", join((title, tag("textarea", value, name=name, rows="3"))))
    if kind in ("listbox", "checkbox"):
        return field(f"{title} (||A||B||)", name, value)
    return field(title, name, value, type="date" if kind == "date" else "text")


def fields_page(service: Service, problem: str = "") -> str:
    """Manage fields."""
    rows = []
    used = Counter(key for one in service.world.contacts.values() for key in one.values)
    for row in service.world["fields"]:
        options = ", ".join(str(one["value"]) for one in service.world.options_of(int(row["id"])))
        count = used[int(row["id"])]
        text = f"Delete, with {count:,} values" if count else "Delete"
        delete = form(f"/portal/fields/{row['id']}/delete", button(text), "inline")
        perstag = tag("code", f"%{row['perstag']}%")
        rows.append(cells(row["id"], row["title"], perstag, row["type"], tag("td", options, class_="wrap"), delete))
    heads = ("Id", "Title", "Personalization tag", "Type", "Options", "")
    kinds = [(kind, kind) for kind in FIELD_TYPES]
    add = form(
        "/portal/fields",
        join(
            (
                field("Title", "title", required=True),
                choice("Type", "type", kinds),
                field("Options, with commas between", "options"),
                button("Add field", main=True),
            )
        ),
    )
    body = join((add, table(heads, rows, "There is no custom field yet.")))
    return page(f"Fields ({len(rows)})", body, "/portal/fields", problem)


def lists_page(service: Service, problem: str = "") -> str:
    """The lists with how many contacts they hold."""
    counts: dict[int, dict[int, int]] = {}
    for contact in service.world.contacts.values():
        for key, part in contact.lists.items():
            by_status = counts.setdefault(key, {})
            by_status[part.status] = by_status.get(part.status, 0) + 1
    rows = [
        cells(
            row["id"],
            row["name"],
            *(
                tag("td", f"{counts.get(int(row['id']), {}).get(number, 0):,}", class_="number")
                for number in LIST_STATUS.values()
            ),
        )
        for row in service.world["lists"]
    ]
    heads = ("Id", "Name", *(name.capitalize() for name in LIST_STATUS))
    add = form("/portal/lists", join((field("Name", "name", required=True), button("Add list", main=True))))
    body = join((add, table(heads, rows, "There is no list yet.")))
    return page(f"Lists ({len(rows)})", body, "/portal/lists", problem)


def requests_page(service: Service, marked_only: bool) -> str:
    """The request log, newest first, bad manners marked."""
    stats = service.log.stats()
    entries: Iterable[Entry] = reversed(service.log.entries)
    if marked_only:
        entries = (entry for entry in entries if entry.violations)
    rows: list[Html] = []
    for entry in entries:
        if len(rows) == 200:
            break
        rows.append(_request_row(entry))
    counts = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in sorted(stats["violations"].items()))
    summary = tag(
        "p",
        f"{stats['requests']:,} requests, {stats['throttled']:,} throttled, at most"
        f" {stats['most_in_a_second']} in a second; most imports in a minute:"
        f" {stats['most_imports_in_a_minute']}." + (f" Bad manners: {counts}." if counts else " No bad manners."),
    )
    other = (
        link("/portal/requests", "Show all")
        if marked_only
        else link("/portal/requests?marked=1", "Show bad manners only")
    )
    heads = ("No.", "Time", "Request", "Status", "Fault", "Bad manners")
    body = join((summary, tag("p", other), table(heads, rows, "There was no request.")))
    return page("Requests", body, "/portal/requests")


def _request_row(entry: Entry) -> Html:
    query = f"?{entry.query}" if entry.query else ""
    status = "none" if entry.status is None else entry.status
    bad = entry.status is None or entry.status >= 400
    return cells(
        tag("td", entry.number, class_="number"),
        tag("td", f"{entry.time:,.2f}\u00a0s", class_="number"),
        tag("td", f"{entry.method} {entry.path}{query}"[:300], class_="wrap"),
        tag("span", status, class_="bad" if bad else None),
        entry.fault,
        ", ".join(text.replace("_", " ") for text in entry.violations),
        marked=bool(entry.violations),
    )
