"""A value that SONIS keeps in several columns, as a small expression over one table (docs/sonis.md, section 2).

The text is read here and built anew: only what the grammar below knows ever reaches a database, always as one scalar
value made of columns of that one table. There is no way to write a statement, another table or a comment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa

from sonisbridge.core.errors import WrongSettingsError

Value = sa.ColumnElement[Any]
Column = Callable[[str], Value]
"""The column of that physical name."""

_MOST = 2000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>N?'(?:[^']|'')*')
    | (?P<number>\d+)
    | \[(?P<square>[^\]\[]+)\]
    | "(?P<quoted>[^"]+)"
    | (?P<word>[A-Za-z_][A-Za-z0-9_$\#]*)
    | (?P<sign>\|\||<=|>=|<>|!=|[(),+=<>])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset({"CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "NOT", "IS", "IN", "NULL", "AS", "CAST"})
_TYPES = {"VARCHAR": sa.String, "CHAR": sa.String, "NVARCHAR": sa.Unicode, "NCHAR": sa.Unicode}
_COMPARED: dict[str, Callable[[Value, Value], sa.ColumnElement[bool]]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
_ARGUMENTS = {
    "COALESCE": (1, 9), "ISNULL": (2, 2), "NULLIF": (2, 2), "UPPER": (1, 1), "LOWER": (1, 1), "LTRIM": (1, 1),
    "RTRIM": (1, 1), "TRIM": (1, 1), "REPLACE": (3, 3), "LEFT": (2, 2), "SUBSTRING": (3, 3), "CONCAT": (1, 9),
}  # fmt: skip


class Token(NamedTuple):
    """One word of an expression; `kind` is text, number, column, word or sign."""

    kind: str
    text: str


def columns_of(text: str) -> tuple[str, ...]:
    """The physical names of the columns that an expression uses. Raises WrongSettingsError when it is none."""
    seen: dict[str, None] = {}

    def note(name: str) -> Value:
        seen[name] = None
        return sa.column(name)

    build(text, note)
    return tuple(seen)


def build(text: str, column: Column) -> Value:
    """The expression over these columns. Raises WrongSettingsError naming what it cannot be."""
    return _Reader(text, column).read()


def joined(parts: Iterable[Value], separator: str) -> Value:
    """The texts that are not blank, trimmed, with the separator between them."""
    whole: Value = sa.literal("", sa.String)
    for part in parts:
        bare = sa.func.ltrim(sa.func.rtrim(sa.type_coerce(part, sa.String), type_=sa.String), type_=sa.String)
        with_it = sa.literal(separator, sa.String).concat(bare)
        whole = whole.concat(sa.case((sa.or_(part.is_(None), bare == ""), sa.literal("", sa.String)), else_=with_it))
    return sa.func.substring(whole, len(separator) + 1, _MOST, type_=sa.String)


class _Reader:
    """Reads by recursive descent."""

    def __init__(self, text: str, column: Column) -> None:
        self._text = text
        self._column = column
        self._tokens = self._cut(text)
        self._place = 0

    def read(self) -> Value:
        """The whole text as one value."""
        found = self._value()
        if self._place < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._place].text!r} is too much")
        return found

    def _cut(self, text: str) -> list[Token]:
        if len(text) > _MOST:
            raise self._wrong(f"it has more than {_MOST} characters")
        tokens, place = [], 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise self._wrong(f"{text[place:].strip()[:1]!r} has no place in it")
            place = found.end()
            kind, value = next((kind, value) for kind, value in found.groupdict().items() if value is not None)
            plain = kind == "word" and value.upper() not in _WORDS and not text[place:].lstrip().startswith("(")
            tokens.append(Token("column" if plain or kind in ("square", "quoted") else kind, value))
        return tokens

    def _wrong(self, why: str) -> WrongSettingsError:
        return WrongSettingsError(
            f"The expression {self._text!r} in the schema file cannot be read: {why}. It is one value of that table's "
            "columns, such as COALESCE(pref_name, nick) or CASE WHEN kind = 'A' THEN one ELSE other END."
        )

    def _peek(self) -> Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else Token("end", "its end")

    def _take(self, *texts: str) -> bool:
        """Go on when one of these words or signs comes next."""
        token = self._peek()
        if token.kind in ("word", "sign") and token.text.upper() in texts:
            self._place += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise self._wrong(f"{text} is missing before {self._peek().text!r}")

    def _value(self) -> Value:
        found = self._term()
        while self._take("||", "+"):
            found = sa.type_coerce(found, sa.String).concat(sa.type_coerce(self._term(), sa.String))
        return found

    def _term(self) -> Value:
        token = self._peek()
        if self._take("("):
            inner = self._value()
            self._need(")")
            return inner
        if self._take("CASE"):
            return self._case()
        if self._take("CAST"):
            return self._cast()
        if self._take("NULL"):
            return sa.null()
        self._place += 1
        match token.kind:
            case "text":
                return sa.literal(token.text.removeprefix("N")[1:-1].replace("''", "'"), sa.String)
            case "number":
                return sa.literal(int(token.text), sa.Integer)
            case "column":
                return self._column(token.text)
            case "word" if token.text.upper() in _ARGUMENTS:
                return self._call(token.text.upper())
        raise self._wrong(f"{token.text!r} has no place there")

    def _case(self) -> Value:
        whens: list[tuple[Any, Any]] = []
        while self._take("WHEN"):
            held = self._condition()
            self._need("THEN")
            whens.append((held, self._value()))
        if not whens:
            raise self._wrong("CASE needs WHEN")
        otherwise = self._value() if self._take("ELSE") else sa.null()
        self._need("END")
        return sa.case(*whens, else_=otherwise)

    def _cast(self) -> Value:
        self._need("(")
        inner = self._value()
        self._need("AS")
        name = self._peek().text.upper()
        self._place += 1
        if name in ("INT", "INTEGER", "DATE"):
            self._need(")")
            return sa.cast(inner, sa.Date if name == "DATE" else sa.Integer)
        if name not in _TYPES:
            raise self._wrong(f"{name!r} is no type that can be cast to")
        self._need("(")
        length = self._peek()
        self._place += 1
        if length.kind != "number":
            raise self._wrong(f"{name} needs a length")
        self._need(")")
        self._need(")")
        return sa.cast(inner, _TYPES[name](int(length.text)))

    def _call(self, name: str) -> Value:
        self._need("(")
        given = [self._value()]
        while self._take(","):
            given.append(self._value())
        self._need(")")
        least, most = _ARGUMENTS[name]
        if not least <= len(given) <= most:
            raise self._wrong(f"{name} takes {least if least == most else f'{least} to {most}'} values")
        return _called(name, given)

    def _condition(self) -> sa.ColumnElement[bool]:
        found = self._both()
        while self._take("OR"):
            found = sa.or_(found, self._both())
        return found

    def _both(self) -> sa.ColumnElement[bool]:
        found = self._single()
        while self._take("AND"):
            found = sa.and_(found, self._single())
        return found

    def _single(self) -> sa.ColumnElement[bool]:
        if self._take("NOT"):
            return sa.not_(self._single())
        place = self._place
        if self._take("("):
            try:
                inner = self._condition()
                self._need(")")
            except WrongSettingsError:
                self._place = place  # it was a value in brackets
            else:
                return inner
        return self._compared(self._value())

    def _compared(self, left: Value) -> sa.ColumnElement[bool]:
        if self._take("IS"):
            negated = self._take("NOT")
            self._need("NULL")
            return left.is_not(None) if negated else left.is_(None)
        negated = self._take("NOT")
        if self._take("IN"):
            self._need("(")
            values = [self._value()]
            while self._take(","):
                values.append(self._value())
            self._need(")")
            return left.not_in(values) if negated else left.in_(values)
        sign = self._peek().text
        if negated or not self._take(*_COMPARED):
            raise self._wrong(f"a comparison is missing before {sign!r}")
        return _COMPARED[sign](left, self._value())


def _called(name: str, given: list[Value]) -> Value:
    texts = [sa.type_coerce(value, sa.String) for value in given]
    match name:
        case "COALESCE" | "ISNULL":
            return sa.func.coalesce(*given)
        case "NULLIF":
            return sa.func.nullif(*given)
        case "TRIM":
            return sa.func.ltrim(sa.func.rtrim(texts[0], type_=sa.String), type_=sa.String)
        case "LEFT":
            return sa.func.substring(texts[0], 1, given[1], type_=sa.String)
        case "SUBSTRING":
            return sa.func.substring(texts[0], given[1], given[2], type_=sa.String)
        case "CONCAT":
            whole: Value = texts[0]
            for text in texts[1:]:
                whole = whole.concat(text)
            return whole
    function = getattr(sa.func, name.lower())
    made: Value = function(*texts, type_=sa.String)
    return made
