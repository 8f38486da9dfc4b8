"""The small pieces of HTML that the portal's pages are made of."""

from collections.abc import Iterable, Sequence
from html import escape

NAVIGATION = (
    ("/portal/", "Contacts"),
    ("/portal/contacts/new", "Add contact"),
    ("/portal/fields", "Fields"),
    ("/portal/lists", "Lists"),
    ("/portal/requests", "Requests"),
)


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def show(value: object) -> Html:
    """Any value as HTML."""
    if isinstance(value, Html):
        return value
    return Html(escape("" if value is None else str(value)))


def join(parts: Iterable[object]) -> Html:
    """Pieces one after the other."""
    return Html("".join(show(part) for part in parts))


def tag(element: str, content: object, /, **attributes: object) -> Html:
    """An element; an attribute `class_` is written class, True stands alone, None is left out."""
    texts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written = key.rstrip("_").replace("_", "-")
        texts.append(f" {written}" if value is True else f' {written}="{escape(str(value))}"')
    return Html(f"<{element}{''.join(texts)}>{show(content)}</{element}>")


def void(element: str, /, **attributes: object) -> Html:
    """An element that has no content."""
    return Html(tag(element, "", **attributes).removesuffix(f"</{element}>"))


def link(address: str, text: object, **attributes: object) -> Html:
    """A link."""
    return tag("a", text, href=address, **attributes)


def table(heads: Sequence[str], rows: Sequence[Html], empty: str) -> Html:
    """A table that scrolls inside itself, or a sentence where there are no rows."""
    if not rows:
        return tag("p", empty, class_="quiet")
    head = tag("tr", join(tag("th", text, scope="col") for text in heads))
    body = tag("table", join((tag("thead", head), tag("tbody", join(rows)))))
    return tag("div", body, class_="scroll", tabindex="0")


def cells(*values: object, marked: bool = False) -> Html:
    """A row of a table."""
    written = join(
        value if isinstance(value, Html) and value.startswith("<td") else tag("td", value) for value in values
    )
    return tag("tr", written, class_="marked" if marked else None)


def field(text: str, name: str, value: object = "", **attributes: object) -> Html:
    """A labelled input."""
    given = {"type": "text", **attributes}
    return tag("label", join((text, void("input", name=name, value=show_value(value), **given))))


def show_value(value: object) -> str:
    """An attribute's value as text."""
    return "" if value is None else str(value)


def choice(text: str, name: str, options: Iterable[tuple[str, str]], chosen: str = "") -> Html:
    """A labelled drop-down."""
    written = join(tag("option", label, value=value, selected=value == chosen) for value, label in options)
    return tag("label", join((text, tag("select", written, name=name))))


def form(address: str, content: object, class_: str = "row", method: str = "post") -> Html:
    """A form."""
    return tag("form", content, action=address, method=method, class_=class_)


def button(text: str, *, main: bool = False) -> Html:
    """A submit button."""
    return tag("button", text, type="submit", class_="main" if main else None)


def page(title: str, body: object, current: str = "", problem: str = "") -> str:
    """A whole page."""
    links = join(
        link(address, text, aria_current="page" if address == current else None) for address, text in NAVIGATION
    )
    warning = tag("p", problem, class_="problem", role="alert") if problem else ""
    about = join(("Sandbox ", tag("small", "a stand-in for ActiveCampaign; nothing here is real")))
    inside = join((tag("p", about), tag("nav", links, aria_label="Pages")))
    header = tag("header", tag("div", inside))
    main = tag("main", join((tag("h1", title), warning, body)))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} - sandbox</title>"
        '<link rel="stylesheet" href="/portal/portal.css"><link rel="icon" href="data:,">'
    )
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{header}{main}</body></html>'
