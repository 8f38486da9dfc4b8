"""The people of the sample school, seeded and as untidy as a real SONIS keeps them."""

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta

from faker import Faker

TODAY = date(2025, 9, 1)
"""The school's day: fixed, so that one seed always makes one school."""
EXPORTED = ("ST", "AP", "PS", "AL")

_ODD_FIRST = ("José", "Zoë", "Renée", "Mary Ann", "D'Andre", "Jean-Luc", "Anaïs", "Søren", "Nin\u0303a", "Ľuboš", "Đức")
_ODD_LAST = (
    "O'Brien",
    "Núñez",
    "García-Márquez",
    "De La Cruz",
    "Mu\u0308ller",
    "Van der Berg",
    "Nguyễn",
    "Łukaszewicz",
)
_NICKNAMES = ("Bobby", "Liz", "Sam", "Kate", "Tony", "Meg", "Ali", "Jo")
_DOMAINS = ("example.com", "mail.example.org", "students.example.net")
_AGENCIES = ("Kim Roe", "Pat Lund", "Chris Vale", "Dana Ito")
_STATES = ("TN", "GA", "KY", "MA", "NJ", "AL")
_ZIPS = {"TN": "37", "GA": "30", "KY": "40", "MA": "02", "NJ": "07", "AL": "35"}
_YEARS = ("202425", "202526", "202627", "202728")
_STATUS_SETS = (
    ("PS",), ("AP",), ("ST",), ("AL",), ("PS", "AP"), ("AP", "ST"), ("ST", "AL"), ("ST", "SF"), ("FA",), ("SF",), ("CO",),
    ("WD",), (),
)  # fmt: skip
_STATUS_ODDS = (40, 17, 17, 8, 5, 4, 2, 1, 2.2, 1.5, 1, 0.8, 0.5)
PROGRAMS = (
    ("NURS", "Nursing"), ("BIO", "Biology"), ("BUS", "Business Administration"), ("EDU", "Elementary Education"),
    ("MUS", "Music"), ("HIST", "History"), ("MATH", "Mathematics"), ("THEO", "Theology"),
)  # fmt: skip
REFER_BY = (("FRIEND", "A friend"), ("FAIR", "College fair"), ("WEB", "Web search"), ("COUNS", "School counselor"))
INQUIRY_TYPES = (
    ("PHONE", "Phone call"),
    ("WEB", "Web form"),
    ("VISIT", "Campus visit"),
    ("ACTIVECAMP", "ActiveCampaign"),
)
CAMPUSES = (("MAIN", "Main Campus"), ("NORTH", "North Campus"), ("ONLINE", "Online"))
DIVISIONS = (("UG", "Undergraduate"), ("GR", "Graduate"))
DEPARTMENTS = (("SCI", "Sciences"), ("ART", "Arts"), ("PRO", "Professions"))
LEVELS = (("FR", "Freshman"), ("SO", "Sophomore"), ("JR", "Junior"), ("SR", "Senior"))


@dataclass(slots=True, kw_only=True)
class SampleAddress:
    """One address row."""

    preferred: int
    kind: str
    lines: tuple[str, str, str]
    city: str
    state: str
    zip_code: str
    email: str = ""
    email2: str = ""
    phone: str = ""
    cell_phone: str = ""
    text_me: int = 0


@dataclass(slots=True, kw_only=True)
class SampleProgram:
    """One approg row."""

    code: str
    entry: str
    year: str
    semester: str
    preferred: int
    ranking: int | None
    disabled: int


@dataclass(slots=True, kw_only=True)
class SamplePerson:
    """One person with every row of theirs."""

    sonis_id: str
    first: str
    last: str
    nickname: str
    birthdate: str
    disabled: int = 0
    deceased: int = 0
    excl_mailing: int = 0
    statuses: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[SampleAddress] = field(default_factory=list)
    programs: list[SampleProgram] = field(default_factory=list)
    refer_by: list[str] = field(default_factory=list)
    inquiry: tuple[str, str, str, str, str, str] | None = None
    """Date received, graduation year, inquiry type, agency, memo, high school."""

    @property
    def exported(self) -> bool:
        """Whether the rules would send the person, an address given."""
        held = any(code in EXPORTED for code, _since in self.statuses)
        return held and not self.disabled and not self.deceased

    @property
    def main(self) -> SampleAddress:
        """The address row that counts: preferred first, then the first one made."""
        return min(self.addresses, key=lambda row: not row.preferred)

    @property
    def status(self) -> str:
        """The status of a person who has one only."""
        return self.statuses[0][0] if self.statuses else ""


class People:
    """Makes people, one after another, from one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        fake = Faker("en_US")
        fake.seed_instance(seed)
        self._first = [fake.unique.first_name() for _ in range(300)]
        self._last = [fake.unique.last_name() for _ in range(500)]
        self._streets = [fake.street_name()[:30] for _ in range(300)]
        self._cities = [fake.unique.city()[:28] for _ in range(200)]
        self._schools = [f"{fake.last_name()} High School" for _ in range(80)]
        self._ids: set[str] = set()
        self._made = 0

    def make(self, count: int) -> list[SamplePerson]:
        """That many people. The first of them show every untidiness, whatever the count."""
        return [self._person() for _ in range(count)]

    def name(self) -> tuple[str, str]:
        """A first and a last name, an odd one now and then."""
        dice = self.dice
        first = dice.choice(_ODD_FIRST if dice.random() < 0.04 else self._first)
        return first, dice.choice(_ODD_LAST if dice.random() < 0.04 else self._last)

    def phone(self) -> str:
        """A phone number as people write them."""
        area, line = self.dice.choice(("615", "404", "502", "617")), f"{self.dice.randrange(100, 200):04d}"
        forms = (
            "({0}) 555-{1}",
            "{0}-555-{1}",
            "{0}.555.{1}",
            "{0}555{1}",
            "+1 {0} 555 {1}",
            "1-{0}-555-{1}",
            "555-{1}",
        )
        return self.dice.choices(forms, (8, 8, 3, 4, 2, 1, 0.3))[0].format(area, line)

    def _person(self) -> SamplePerson:
        dice = self.dice
        self._made += 1
        first, last = self.name()
        person = SamplePerson(
            sonis_id=self._sonis_id(last),
            first=first,
            last=last,
            nickname=dice.choice(_NICKNAMES) if dice.random() < 0.15 else "",
            birthdate=self._birthdate(),
            disabled=int(dice.random() < 0.01),
            deceased=int(dice.random() < 0.004),
            excl_mailing=int(dice.random() < 0.02),
        )
        codes = dice.choices(_STATUS_SETS, _STATUS_ODDS)[0]
        person.statuses = [(code, self._day(700) if dice.random() < 0.85 else "") for code in codes]
        self._add_addresses(person)
        self._add_programs(person)
        person.refer_by = dice.sample(
            [code for code, _text in REFER_BY], dice.choices((0, 1, 2, 3), (35, 50, 12, 3))[0]
        )
        if any(code in EXPORTED for code in codes) or dice.random() < 0.2:
            person.inquiry = self._inquiry()
        return person

    def _sonis_id(self, last: str) -> str:
        while True:
            if self.dice.random() < 0.3:
                made = f"{self.dice.randrange(1, 10_000_000):09d}"
            else:
                letters = "".join(letter for letter in plain(last).upper() if letter.isalpha())[:2].ljust(2, "X")
                made = f"{letters}{self.dice.randrange(10_000_000):07d}"
            if made not in self._ids:
                self._ids.add(made)
                return made

    def _day(self, back: int) -> str:
        return (TODAY - timedelta(days=self.dice.randrange(back))).isoformat()

    def _birthdate(self) -> str:
        chance = self.dice.random()
        if chance < 0.05:
            return "1900-01-01"
        if chance < 0.07:
            return ""
        return (TODAY - timedelta(days=self.dice.randrange(16 * 365, 45 * 365))).isoformat()

    def _email(self, person: SamplePerson) -> str:
        dice = self.dice
        chance = dice.random()
        if chance < 0.02:
            return ""
        local = f"{plain(person.first)}.{plain(person.last)}"[:24]
        address = f"{local}{self._made}@{dice.choice(_DOMAINS)}"
        if chance < 0.024:
            return address.replace("@", " at ")
        if chance < 0.03:
            return address.replace("@", "@@")
        return address.title() if chance < 0.08 else address

    def _add_addresses(self, person: SamplePerson) -> None:
        dice = self.dice
        preferred = dice.choices(((1,), (0,), (1, 0), (0, 1), (1, 1), (0, 0), ()), (80, 2, 8, 6, 1.5, 1.5, 1))[0]
        for place, flag in enumerate(preferred):
            state = dice.choice(_STATES)
            row = SampleAddress(
                preferred=flag,
                kind=("PERM", "LAST", "BILL")[place],
                lines=(
                    f"{dice.randrange(1, 9999)} {dice.choice(self._streets)}",
                    f"Apt {dice.randrange(1, 40)}" if dice.random() < 0.2 else "",
                    "c/o Front Desk" if dice.random() < 0.02 else "",
                ),
                city=dice.choice(self._cities),
                state=state,
                zip_code=f"{_ZIPS[state]}{dice.randrange(1000):03d}" + ("-0042" if dice.random() < 0.05 else ""),
                phone=self.phone() if dice.random() < 0.5 else "",
                cell_phone=self.phone() if dice.random() < 0.7 else "",
                text_me=int(dice.random() < 0.5),
            )
            person.addresses.append(row)
        if person.addresses:
            person.main.email = self._email(person)
            if dice.random() < 0.2:
                local = f"{plain(person.first)[:12]}{self._made}"
                person.main.email2 = f"{local}@home.example.com"

    def _add_programs(self, person: SamplePerson) -> None:
        dice = self.dice
        most = 3 if person.status in ("AP", "ST", "AL") else 1
        least = 1 if most == 3 else 0
        codes = dice.sample([code for code, _text in PROGRAMS], dice.randint(least, most))
        for place, code in enumerate(codes):
            year = dice.choice(_YEARS)
            semester = dice.choices(("1", "2", "3"), (70, 20, 10))[0]
            month = {"1": "08-24", "2": "01-12", "3": "06-01"}[semester]
            first_year = int(year[:4]) + (semester != "1")
            person.programs.append(
                SampleProgram(
                    code=code,
                    entry=f"{first_year}-{month}" if dice.random() < 0.9 else "",
                    year=year if dice.random() < 0.96 else "",
                    semester=semester,
                    preferred=int(place == 0 and dice.random() < 0.8),
                    ranking=dice.choice((place + 1, place + 1, 0, None)),
                    disabled=int(dice.random() < 0.05),
                )
            )

    def _inquiry(self) -> tuple[str, str, str, str, str, str]:
        dice = self.dice
        return (
            self._day(900) if dice.random() < 0.95 else "",
            dice.choices(("2024", "2025", "2026", "0", ""), (20, 40, 20, 10, 10))[0],
            dice.choice(("PHONE", "WEB", "VISIT", "")),
            dice.choice((*_AGENCIES, "")),
            "Heard of it at church, liked the campus." if dice.random() < 0.1 else "",
            dice.choice(self._schools) if dice.random() < 0.7 else "",
        )


def plain(text: str) -> str:
    """Small ASCII letters of the text, as in an e-mail address."""
    kept = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in kept if letter.isalpha()) or "someone"
