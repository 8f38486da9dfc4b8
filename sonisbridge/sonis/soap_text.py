"""SOAP envelopes and answers as text, without a network (docs/sonis.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

Element = ElementTree.Element
Argument = str | Sequence[tuple[str, str]]
"""A text, or ColdFusion's list of names and values."""

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_WSDL_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotSoapError(Exception):
    """The text is no SOAP answer: cut short, an HTML page, or something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a WSDL says of one operation."""

    namespace: str
    action: str
    parts: tuple[str, ...]
    """The names of its arguments, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A ColdFusion query as it came back; texts with their padding, None for nil."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


Answer = str | Table
"""ColdFusion tells of errors by a text, with a status of 200."""


def parsed(text: bytes) -> Element:
    """The XML. Raises NotSoapError for what is none, and for XML that brings definitions of its own."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise NotSoapError
    try:
        return ElementTree.fromstring(text)  # noqa: S314 (without a DOCTYPE there is nothing to expand or to fetch)
    except ElementTree.ParseError as error:
        raise NotSoapError from error


def operation(wsdl: Element, name: str, usual: tuple[str, ...]) -> Operation:
    """How to call that operation. Raises NotSoapError when the WSDL does not know it."""
    binding = next((item for item in wsdl.iter(f"{_WSDL}binding") for op in item if op.get("name") == name), None)
    found = None if binding is None else next(op for op in binding if op.get("name") == name)
    if found is None:
        raise NotSoapError
    header = found.find(f"{_WSDL_SOAP}operation")
    body = found.find(f"{_WSDL}input/{_WSDL_SOAP}body")
    namespace = (body.get("namespace") if body is not None else None) or wsdl.get("targetNamespace") or ""
    return Operation(
        namespace=namespace,
        action=(header.get("soapAction") if header is not None else None) or "",
        parts=_parts(wsdl, name) or usual,
    )


def _parts(wsdl: Element, name: str) -> tuple[str, ...]:
    asked = next((op for port in wsdl.iter(f"{_WSDL}portType") for op in port if op.get("name") == name), None)
    given = asked.find(f"{_WSDL}input") if asked is not None else None
    message = (given.get("message") or "").rpartition(":")[2] if given is not None else ""
    return tuple(
        part.get("name", "")
        for item in wsdl.iter(f"{_WSDL}message")
        if item.get("name") == message
        for part in item.iter(f"{_WSDL}part")
    )


def envelope(name: str, how: Operation, arguments: Sequence[Argument]) -> bytes:
    """The request in Axis 1's RPC encoding."""
    given = "".join(_argument(part, value) for part, value in zip(how.parts, arguments, strict=False))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_ENVELOPE}" xmlns:c="{_ENCODING}" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="{_XSI}"><e:Body>'
        f'<m:{name} xmlns:m={_attribute(how.namespace)} e:encodingStyle="{_ENCODING}">{given}</m:{name}>'
        "</e:Body></e:Envelope>"
    ).encode()


def _attribute(text: str) -> str:
    return f'"{escape(text, {chr(34): "&quot;"})}"'


def _argument(name: str, value: Argument) -> str:
    if isinstance(value, str):
        return f'<{name} xsi:type="xsd:string">{_text(value)}</{name}>'
    pairs = "".join(
        '<item xsi:type="c:Array" c:arrayType="xsd:anyType[2]">'
        f'<item xsi:type="xsd:string">{_text(one)}</item><item xsi:type="xsd:string">{_text(other)}</item></item>'
        for one, other in value
    )
    return f'<{name} xsi:type="c:Array" c:arrayType="xsd:anyType[][{len(value)}]">{pairs}</{name}>'


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text))


def answer(text: bytes) -> Answer:
    """What an answer says. A SOAP fault is the text of an error as well. Raises NotSoapError when it is no answer."""
    body = parsed(text).find(f"{{{_ENVELOPE}}}Body")
    if body is None or not len(body):
        raise NotSoapError
    known = {key: item for item in body.iter() if (key := item.get("id"))}
    first = body[0]
    if first.tag.rpartition("}")[2] == "Fault":
        return f"Error Type - SOAP Fault Error Message - {''.join(first.itertext())}"
    if not len(first):
        return ""
    found = _real(first[0], known)
    columns, data = _child(found, "columnList", known), _child(found, "data", known)
    if columns is None or data is None:
        return "".join(found.itertext())
    return Table(
        columns=tuple("".join(_real(item, known).itertext()).strip() for item in columns),
        rows=tuple(tuple(_cell(cell, known) for cell in _real(row, known)) for row in data),
    )


def _child(element: Element, name: str, known: dict[str, Element]) -> Element | None:
    held = next((item for item in element if item.tag.rpartition("}")[2] == name), None)
    return None if held is None else _real(held, known)


def _real(element: Element, known: dict[str, Element]) -> Element:
    """The element, or the one that it points at: Axis 1 writes shared values once, at the end."""
    target = element.get("href", "")
    found = known.get(target.removeprefix("#")) if target.startswith("#") else None
    return element if found is None else found


def _cell(element: Element, known: dict[str, Element]) -> str | None:
    real = _real(element, known)
    return None if real.get(f"{{{_XSI}}}nil") in ("true", "1") else "".join(real.itertext())
