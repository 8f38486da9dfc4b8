"""People and contacts with their names, addresses and birthdates replaced, the same by the same, for a rehearsal.

What was equal stays equal, however it was written: two people with one address still share one, a contact still matches its
person, and what was no valid address still is none. SONIS IDs and codes stay, so that whoever may read SONIS can find the
person that a finding is about. Without the key, which is thrown away, nothing leads back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .person import Address, PersonRecord
from .prospect import WaitingProspect
from .values import email_key, good_email, read_day

_SYLLABLES = [one + two for one in "bdfgklmnprstvz" for two in "aeiou"]
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_REAL_DATES = date(1901, 1, 1)
_DAYS = 180


@dataclass(frozen=True, slots=True)
class Mask:
    """Replaces values by a secret key, of any length; another key gives other values."""

    key: bytes

    def _number(self, kind: str, text: str) -> int:
        digest = hmac.digest(self.key, f"{kind}\n{text}".encode(), hashlib.sha256)
        return int.from_bytes(digest[:12], "big")

    def name(self, text: str) -> str:
        """A name word by word, as long as before and in the same case; apostrophes, blanks and accents' absence stay."""
        return _WORD.sub(lambda found: self._word(found[0]), unicodedata.normalize("NFKC", text))

    def _word(self, word: str) -> str:
        number = self._number("name", word.casefold())
        letters = ""
        while len(letters) < len(word):
            number, place = divmod(number, len(_SYLLABLES)) if number else (len(letters) + 7, len(word) % 7)
            letters += _SYLLABLES[place]
        letters = letters[: len(word)]
        if word.isupper() and len(word) > 1:
            return letters.upper()
        return letters.capitalize() if word[:1].isupper() else letters

    def email(self, text: str) -> str:
        """An address that leads nowhere, as valid as before, and as long where it was longer than 30 characters."""
        bare = text.strip()
        if not bare:
            return text
        if good_email(bare) is None:
            return self.shape(text)
        local = f"{self._number('email', email_key(bare)):x}"[:10]
        domain = f"{self._number('domain', email_key(bare).rpartition('@')[2]):x}"[:6]
        longer = max(0, len(bare) - 30)
        made = f"m{local}{'x' * min(longer, 40)}@d{domain}.example.edu"
        return made.upper() if bare.isupper() else made

    def phone(self, text: str) -> str:
        """A number with its last four digits replaced."""
        places = [place for place, letter in enumerate(text) if letter.isdecimal()][-4:]
        digits = iter(f"{self._number('phone', ''.join(filter(str.isdecimal, text))) % 10_000:04d}")
        letters = list(text)
        for place in places:
            letters[place] = next(digits)
        return "".join(letters)

    def shape(self, text: str) -> str:
        """Text of the same shape: letters by letters, digits by digits, all else as it is."""
        number = self._number("shape", text.casefold())
        made = []
        for place, letter in enumerate(text):
            step = (number >> (place % 64)) + place
            if letter.isdecimal():
                made.append(string.digits[step % 10])
            elif letter.isalpha():
                found = string.ascii_lowercase[step % 26]
                made.append(found.upper() if letter.isupper() else found)
            else:
                made.append(letter)
        return "".join(made)

    def day(self, day: date | None) -> date | None:
        """A day up to half a year earlier or later, the same by the same; what stands for no day stays."""
        if day is None or day < _REAL_DATES:
            return day
        away = self._number("day", day.isoformat()) % (2 * _DAYS + 1) - _DAYS
        return day + timedelta(days=away) if day.year < 9998 else day

    def person(self, person: PersonRecord) -> PersonRecord:
        """The person under the mask."""
        return replace(
            person,
            first_name=self.name(person.first_name),
            last_name=self.name(person.last_name),
            nickname=self.name(person.nickname),
            birthdate=self.day(person.birthdate),
            addresses=tuple(map(self.address, person.addresses)),
            inquiry=person.inquiry._replace(
                memo1=self.shape(person.inquiry.memo1), agency=self.name(person.inquiry.agency)
            ),
        )

    def address(self, address: Address) -> Address:
        """The address row under the mask; town, state and country stay."""
        first, second, third = map(self.shape, address.street)
        return address._replace(
            street=(first, second, third),
            zip_code=self.shape(address.zip_code),
            email=self.email(address.email),
            email2=self.email(address.email2),
            phone=self.phone(address.phone),
            cell_phone=self.phone(address.cell_phone),
        )

    def prospect(self, prospect: WaitingProspect) -> WaitingProspect:
        """The web prospect under the mask."""
        return replace(
            prospect,
            first_name=self.name(prospect.first_name),
            last_name=self.name(prospect.last_name),
            email=self.email(prospect.email),
        )

    def contact_value(self, data_point: str, text: str) -> str:
        """What a contact holds in the field of a data point, masked as SONIS's value of it is; codes and labels stay."""
        return _MASKED.get(data_point, _as_it_is)(self, text)

    def _written_day(self, text: str) -> str:
        day = read_day(text)
        return text if day is None else str(self.day(day))


def _as_it_is(_mask: Mask, text: str) -> str:
    return text


def _street(mask: Mask, text: str) -> str:
    """An export joins the lines of a street with commas: each is masked by itself."""
    return ", ".join(map(mask.shape, text.split(", ")))


_MASKED: Mapping[str, Callable[[Mask, str], str]] = {
    "name.first_name": Mask.name,
    "name.last_name": Mask.name,
    "name.nickname": Mask.name,
    "name.birthdate": Mask._written_day,
    "prospect.memo1": Mask.shape,
    "prospect.agency": Mask.name,
    "address.street": _street,
    "address.zip": Mask.shape,
    "address.email": Mask.email,
    "address.email2": Mask.email,
    "address.phone": Mask.phone,
    "address.cell_phone": Mask.phone,
}
