"""Read one cell of an imported list: an e-mail address, a name, a language, a date."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

EMAIL_MAX = 254
NAME_MAX = 120
CITY_MAX = 120
REFERENCE_MAX = 120
WORDING_MAX = 5000


class Why(StrEnum):
    """Why a line is refused or pointed out."""

    NO_EMAIL = "no_email"
    EMAIL_NO_AT = "email_no_at"
    EMAIL_TWO_ATS = "email_two_ats"
    EMAIL_SPACE = "email_space"
    EMAIL_HALF = "email_half"
    EMAIL_NO_DOT = "email_no_dot"
    EMAIL_ACCENT = "email_accent"
    EMAIL_LOCAL = "email_local"
    EMAIL_DOMAIN = "email_domain"
    EMAIL_TOO_LONG = "email_too_long"
    NAME_TOO_LONG = "name_too_long"
    CITY_TOO_LONG = "city_too_long"
    REFERENCE_TOO_LONG = "reference_too_long"
    TOO_MANY_CELLS = "too_many_cells"
    OPEN_QUOTE = "open_quote"
    # The line is imported, and someone should look at it.
    FORMULA_NAME = "formula_name"
    DAMAGED_NAME = "damaged_name"
    CONSENT_INCOMPLETE = "consent_incomplete"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_UNKNOWN = "consent_unknown"
    CONSENT_FUTURE = "consent_future"


class BadCell(ValueError):
    """The cell cannot be used: `why` says why."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


_SPACES = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF, 0x00AD))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>")
_SIMPLE_LOCAL = re.compile(r"[A-Za-z0-9_%+'-]+(?:\.[A-Za-z0-9_%+'-]+)*")
_LOCALES = {"french": "fr", "francais": "fr", "fra": "fr", "english": "en", "anglais": "en", "eng": "en"}


def clean(text: str) -> str:
    """Give a cell on one line, composed (NFC), without control or invisible characters or spaces around."""
    if text.isascii() and text.isprintable():
        return text.strip() if "  " not in text else _SPACES.sub(" ", text).strip()
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _SPACES.sub(" ", _CONTROLS.sub("", composed)).strip()


def read_email(text: str) -> str:
    """Give the address in a cell, the domain in lower case and the part before @ as it was typed.

    `mailto:` and “Name <address>” are understood. BadCell says what is wrong; DNS is not asked. Letters with
    accents before the @ are refused: in a list they are typing mistakes, and most mail servers take none.
    """
    address = clean(text)
    if match := _IN_BRACKETS.fullmatch(address):
        address = match[1].strip()
    if address[:7].lower() == "mailto:":
        address = address[7:]
    address = address.rstrip(",; ")
    if not address:
        raise BadCell(Why.NO_EMAIL)
    if problem := _shape(address):
        raise BadCell(problem)
    local, _, domain = address.partition("@")
    if not (_SIMPLE_LOCAL.fullmatch(local) and len(local) <= 64):
        try:
            validate_email(f"{local}@example.org", check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise BadCell(Why.EMAIL_LOCAL) from None
    known = _domain(domain)
    if not known:
        raise BadCell(Why.EMAIL_DOMAIN)
    return f"{local}@{known}"


def _shape(address: str) -> Why | None:
    if len(address) > EMAIL_MAX:
        return Why.EMAIL_TOO_LONG
    ats = address.count("@")
    if ats != 1:
        return Why.EMAIL_TWO_ATS if ats else Why.EMAIL_NO_AT
    if " " in address:
        return Why.EMAIL_SPACE
    local, _, domain = address.partition("@")
    if not local or not domain:
        return Why.EMAIL_HALF
    if not local.isascii():
        return Why.EMAIL_ACCENT
    return None if "." in domain else Why.EMAIL_NO_DOT


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """Give the domain as it is written in mail, or nothing when no mail can go there."""
    try:
        return str(validate_email(f"a@{domain}", check_deliverability=False).domain)
    except EmailNotValidError:
        return ""


def is_formula(text: str) -> bool:
    """Say whether a spreadsheet would run the cell: https://owasp.org/www-community/attacks/CSV_Injection."""
    return text[:1] in ("=", "+", "-", "@") and len(text) > 1


def read_locale(text: str) -> str:
    """Give "fr", "en", or nothing for another language or none."""
    word = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if c.isalpha() or c in "-_")
    word = _LOCALES.get(word, re.split("[-_]", word)[0])
    return word if word in ("fr", "en") else ""


_MONTHS = {  # the first four letters of a month, else the first three
    word: number
    for number, words in enumerate(
        (
            *("jan", "feb fev", "mar", "apr avr", "may mai", "jun juin"),
            *("jul juil", "aug aou", "sep", "oct", "nov", "dec"),
        ),
        start=1,
    )
    for word in words.split()
}
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_TIME = r"(?:[T,\s]+(?:à\s*|at\s*)?(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp][Mm])?" + _ZONE + ")?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME)
_NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})" + _TIME)
_WEEKDAY = r"(?:[^\W\d]+\.?,?\s+)?"
_DAY_WORD = re.compile(_WEEKDAY + r"(\d{1,2})(?:er|st|nd|rd|th)?[\s-]+([^\W\d]+)\.?[\s,-]+(\d{4})" + _TIME)
_WORD_DAY = re.compile(_WEEKDAY + r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _TIME)


def find_day_first(cells: Iterable[str], french: bool) -> bool | None:
    """Say whether 03/04/2026 is the 3rd of April in this column; None when nothing tells.

    A number above 12 anywhere in the column decides; a column that contradicts itself decides nothing; else
    French headers mean the day first. English ones tell nothing: London and Boston write it differently.
    """
    first = second = False
    for cell in cells:
        if match := _NUMBERS.fullmatch(cell):
            first = first or int(match[1]) > 12
            second = second or int(match[2]) > 12
    if first or second:
        return first if first != second else None
    return True if french else None


def read_moment(text: str, day_first: bool | None) -> datetime | None:
    """Give the instant a cell names, in UTC, taken as UTC where it names no zone; None when it could be
    two."""
    text = clean(text)
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            year, month, day = int(match[1]), int(match[2]), int(match[3])
        elif match := _NUMBERS.fullmatch(text):
            if day_first is None and match[1] != match[2]:
                return None
            day, month = (int(match[1]), int(match[2])) if day_first else (int(match[2]), int(match[1]))
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        elif match := _DAY_WORD.fullmatch(text):
            day, month, year = int(match[1]), _month(match[2]), int(match[3])
        elif match := _WORD_DAY.fullmatch(text):
            month, day, year = _month(match[1]), int(match[2]), int(match[3])
        else:
            return None
        return _at(year, month, day, match.groups()[3:])
    except (ValueError, OverflowError):
        return None


def _at(year: int, month: int, day: int, time: tuple[str | None, ...]) -> datetime:
    hour, minute, second, half, zone = time
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    local = datetime(year, month, day, hours, int(minute or 0), int(second or 0), tzinfo=_zone(zone))
    return local.astimezone(UTC)


def _month(word: str) -> int:
    letters = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if c.isalpha())
    return _MONTHS.get(letters[:4]) or _MONTHS.get(letters[:3], 0)


def _zone(text: str | None) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
