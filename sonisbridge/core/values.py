"""Cleaning and comparing single values: e-mail address, name, phone, field values, short names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from email_validator import validate_email

_REFUSED_IN_LOCAL_PART = re.compile(r'["(),:;<>@\[\\\]]')
_PLAIN_EMAIL = re.compile(r"[a-z0-9_'+-]+(?:\.[a-z0-9_'+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}", re.ASCII)
_SPECIAL_DOMAINS = (".arpa", ".invalid", ".local", ".localhost", ".onion")
_LONGEST_LOCAL_PART, _LONGEST_LABEL, _LONGEST_EMAIL = 64, 63, 254


def email_key(text: str) -> str:
    """The address as it is compared: trimmed and case-folded (rule 5.1)."""
    return text.strip().casefold()


def good_email(text: str) -> str | None:
    """The address as it is sent, trimmed and in lower case; None when it is blank or malformed.

    None also for what ActiveCampaign's importer refuses (docs/activecampaign.md, section 4). The
    domain of an address outside ASCII comes back in its ASCII form.
    """
    address = text.strip().lower()
    if not address:
        return None
    if _PLAIN_EMAIL.fullmatch(address) and _plain_enough(address):
        return address
    return _checked_email(address)


def _plain_enough(address: str) -> bool:
    """Whether a plain address is surely well formed, so that the long check can be spared."""
    local, _at, domain = address.rpartition("@")
    return (
        len(local) <= _LONGEST_LOCAL_PART
        and len(address) <= _LONGEST_EMAIL
        and len(max(domain.split("."), key=len)) <= _LONGEST_LABEL
        and not domain.endswith(_SPECIAL_DOMAINS)
        and "--" not in domain
    )


@lru_cache(maxsize=10_000)
def _checked_email(address: str) -> str | None:
    try:
        # A test domain is well formed too: rehearsals use them.
        checked = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except ValueError:  # EmailNotValidError is one
        return None
    good = (checked.ascii_email or "").lower()
    local, _at, domain = good.rpartition("@")
    last = domain.rpartition(".")
    if _REFUSED_IN_LOCAL_PART.search(local) or not last[1] or len(last[2]) < 2:
        return None
    return good


def name_key(first: str, last: str) -> str:
    """Both names as they are compared: blanks, case and Unicode spelling aside (rule 5.1)."""
    name = f"{first} {last}"
    if name.isascii():
        return " ".join(name.split()).lower()
    return _folded(name)


def _folded(text: str) -> str:
    """Caseless and compatibility-normal; twice, because folding can undo the normal form."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def one_line(text: str) -> str:
    """The text trimmed, each run of line breaks in it turned into one space."""
    return text.strip() if text.isprintable() else " ".join(_stripped_lines(text))


def many_lines(text: str) -> str:
    """The text trimmed, its line endings all alike."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _stripped_lines(text: str) -> list[str]:
    return [line for line in (part.strip() for part in text.splitlines()) if line]


@lru_cache(maxsize=50_000)
def clean_phone(text: str, country: str) -> str:
    """The number in E.164 when it is valid where it was written, else as written, trimmed.

    A number with words or an extension stays as written: E.164 cannot hold them, and letters would
    be dialled as digits.
    """
    written = one_line(text)
    if any(character.isalpha() for character in written):
        return written
    number = _read_phone(written, country.strip().upper())
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        return written
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NORTH_AMERICAN = re.compile(r"\(?([2-9]\d\d)\)?[-. ]{0,2}(\d{3})[-. ]?(\d{4})", re.ASCII)


def _read_phone(written: str, country: str) -> phonenumbers.PhoneNumber | None:
    """The number as it stands, valid or not. The plain American spelling is read at half the price."""
    plain = _NORTH_AMERICAN.fullmatch(written) if country == "US" else None
    if plain:
        return phonenumbers.PhoneNumber(country_code=1, national_number=int("".join(plain.groups())))
    try:
        return phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None


def same_value(kind: str, ours: str, theirs: str) -> bool:
    """Whether both texts mean the same to a field of that type.

    The encodings are those of docs/activecampaign.md, section 5.2.
    """
    if ours == theirs:
        return True
    meaning = _MEANINGS.get(kind, str.strip)
    return meaning(ours) == meaning(theirs)


def split_options(text: str) -> list[str]:
    """The options that a listbox or checkbox value names, with or without its outer bars."""
    return [part for part in (piece.strip() for piece in text.split("||")) if part]


def joined_options(options: list[str]) -> str:
    """The options as a listbox or checkbox holds them, "" when there are none."""
    return f"||{'||'.join(options)}||" if options else ""


_DAY = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[T\s].*)?", re.ASCII | re.DOTALL)
_NO_DAY = "0000-00-00"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def read_day(text: str) -> date | None:
    """The day that an ISO date or date-time begins with, None when there is none."""
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def read_instant(text: str) -> datetime | None:
    """The moment that an ISO date-time names, with its zone if any; None for anything else."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _day_meant(text: str) -> object:
    day = read_day(text)
    written = text.strip()
    return day or ("" if written.startswith(_NO_DAY) else written)


def _instant_meant(text: str) -> object:
    moment = read_instant(text)
    if moment is None:
        written = text.strip()
        return "" if written.startswith(_NO_DAY) else written
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar
        return text.strip()


def _number_meant(text: str) -> object:
    written = text.strip()
    return Decimal(written) if _NUMBER.fullmatch(written) else written


def _options_meant(text: str) -> object:
    return frozenset(split_options(text))


_MEANINGS: Mapping[str, Callable[[str], object]] = {
    "listbox": _options_meant,
    "checkbox": _options_meant,
    "date": _day_meant,
    "datetime": _instant_meant,
    "number": _number_meant,
    "textarea": many_lines,
}

_SHORT_FORMS: Mapping[str, str] = {
    "abigail": "abby abbie gail",
    "albert": "al bert bertie",
    "alejandra": "ale alex sandra",
    "alejandro": "ale alex jandro",
    "alexander": "al alec alex sandy xander",
    "alexandra": "alex alexa lexi sandra sandy",
    "alfred": "al alf fred freddie",
    "alfredo": "fredo",
    "allison": "ali allie ally",
    "amanda": "mandy",
    "andrea": "andi andie",
    "andrew": "andy drew",
    "anita": "ana",
    "antonio": "tono toni tonio",
    "anthony": "tony",
    "arthur": "art artie",
    "barbara": "barb barbie babs",
    "beatriz": "bea betty",
    "benjamin": "ben benji benny",
    "bernard": "bernie",
    "bradley": "brad",
    "carolina": "caro lina",
    "caroline": "carrie caro",
    "catherine": "cat cate cathy kate katie",
    "charles": "charlie chuck chas",
    "charlotte": "charlie lottie",
    "christina": "chris chrissy tina",
    "christine": "chris chrissy tina",
    "christopher": "chris kit topher",
    "concepcion": "concha conchita",
    "cynthia": "cindy",
    "daniel": "dan danny dani",
    "daniela": "dani",
    "david": "dave davey",
    "deborah": "deb debbie debby",
    "donald": "don donnie",
    "dolores": "lola loli",
    "dorothy": "dot dottie dolly",
    "douglas": "doug",
    "eduardo": "edu lalo",
    "edward": "ed eddie ned ted teddy",
    "eleanor": "ellie nell nora",
    "elizabeth": "beth betsy betty eliza ellie lisa liz liza lizzie",
    "emily": "em emmy",
    "enrique": "quique kike",
    "eugene": "gene",
    "fernando": "fer nando",
    "florence": "flo",
    "frances": "fran frannie",
    "francis": "frank fran",
    "francisca": "paca fran",
    "francisco": "paco pancho fran cisco",
    "franklin": "frank",
    "frederick": "fred freddie freddy rick",
    "gabriel": "gabe gabi",
    "gabriela": "gabi gaby",
    "gerald": "gerry jerry",
    "geraldine": "gerry",
    "gregory": "greg",
    "guadalupe": "lupe lupita",
    "guillermo": "memo guille",
    "harold": "hal harry",
    "henry": "hank harry hal",
    "herbert": "herb bert",
    "ignacio": "nacho",
    "isabel": "isa chabela",
    "isabella": "bella isa izzy",
    "jacob": "jake",
    "jacqueline": "jackie",
    "james": "jim jimmy jamie",
    "janet": "jan",
    "jeffrey": "jeff",
    "jennifer": "jen jenn jenny",
    "jeremiah": "jerry jeremy",
    "jerome": "jerry",
    "jessica": "jess jessie",
    "jesus": "chuy",
    "joanna": "jo joey",
    "john": "jack johnny jon",
    "jonathan": "jon jonny nathan",
    "jorge": "coque",
    "jose": "pepe chepe",
    "josefina": "pepa fina",
    "joseph": "joe joey",
    "josephine": "jo josie",
    "joshua": "josh",
    "judith": "judy",
    "julia": "julie",
    "katherine": "kate kathy katie kat kay kitty",
    "kathleen": "kate kathy katie",
    "kenneth": "ken kenny",
    "kimberly": "kim kimmy",
    "lawrence": "larry laurie",
    "leonard": "len lenny leo",
    "leonardo": "leo",
    "lillian": "lil lily",
    "louis": "lou louie",
    "louise": "lou",
    "lucia": "lucy",
    "luis": "lucho",
    "madeline": "maddie maddy",
    "manuel": "manny manolo",
    "margaret": "greta maggie marge margie meg megan peg peggy rita",
    "margarita": "marga rita",
    "maria": "mari mary mia",
    "maria jose": "majo",
    "martha": "marty",
    "martin": "marty",
    "matthew": "matt matty",
    "megan": "meg",
    "melissa": "mel missy lisa",
    "michael": "mike mick mickey mikey",
    "michelle": "mich shelly",
    "miguel": "mike migue",
    "miriam": "mimi",
    "mitchell": "mitch",
    "mercedes": "merche meche",
    "nancy": "nan",
    "natalie": "nat",
    "nathan": "nate nat",
    "nathaniel": "nate nathan nat",
    "nicholas": "nick nicky nico",
    "nicolas": "nico",
    "nicole": "nicki nicky nikki",
    "olivia": "liv livvy",
    "oliver": "ollie",
    "pamela": "pam",
    "patricia": "pat patty tricia trish pati",
    "patrick": "pat paddy rick",
    "pedro": "perico",
    "peter": "pete",
    "philip": "phil pip",
    "phillip": "phil pip",
    "pilar": "pili",
    "rachel": "rae",
    "rafael": "rafa",
    "ramon": "moncho",
    "raymond": "ray",
    "rebecca": "becca becky",
    "ricardo": "rick ricky richi",
    "richard": "dick rich richie rick ricky",
    "robert": "bob bobby rob robbie bert",
    "roberto": "beto tito",
    "rodolfo": "fito rudy",
    "ronald": "ron ronnie",
    "rosario": "charo",
    "russell": "russ",
    "salvador": "chava salva",
    "samantha": "sam sammy",
    "samuel": "sam sammy",
    "sandra": "sandy",
    "santiago": "santi",
    "sebastian": "seb sebas",
    "sergio": "checo",
    "stephanie": "steph stephie",
    "stephen": "steve stevie",
    "steven": "steve stevie",
    "susan": "sue susie suzy",
    "teresa": "tere",
    "theodore": "ted teddy theo",
    "theresa": "terri terry tess tessa",
    "thomas": "tom tommy",
    "timothy": "tim timmy",
    "valentina": "vale",
    "veronica": "vero ronnie",
    "victor": "vic",
    "victoria": "vicky vicki tori",
    "vincent": "vince vinny",
    "virginia": "ginny",
    "walter": "walt wally",
    "william": "bill billy liam will willie",
    "zachary": "zach zack",
}
"""English and Spanish first names to the short forms in common use, accents aside."""


def short_form_of(a: str, b: str) -> bool:
    """Whether one first name is a usual short form of the other, English or Spanish."""
    first, second = _unaccented(a), _unaccented(b)
    return second in _FORMS.get(first, ()) or first in _FORMS.get(second, ())


def _unaccented(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name_key(name, ""))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


_FORMS = {name: frozenset(short.split()) for name, short in _SHORT_FORMS.items()}
