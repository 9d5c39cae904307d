"""Read the lines of one list into people, each line by itself, with its refusal or its remarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.members.rules_import_formats import FRENCH, Columns, Field, Source, plain
from app.members.rules_import_read import Line
from app.members.rules_import_values import (
    CITY_MAX,
    NAME_MAX,
    REFERENCE_MAX,
    WORDING_MAX,
    BadCell,
    Why,
    clean,
    find_day_first,
    is_formula,
    read_email,
    read_locale,
    read_moment,
)
from app.members.rules_people import normalise_email

_Side = dict[Field, tuple[int, ...]]

SHOWN = 80  # characters of a cell that a remark repeats


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """A consent that the file proves: for what, with which words in which language, when (UTC) and where."""

    purpose: str
    wording: str
    version: str
    locale: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of the file; `number` is the first line about them, empty text means that it says nothing."""

    number: int
    email: str
    name: str = ""
    city: str = ""
    locale: str = ""
    reference: str = ""
    joined_on: date | None = None
    consents: tuple[ConsentProof, ...] = ()

    @property
    def key(self) -> str:
        """Give the address as members have it, which is who this is."""
        return normalise_email(self.email)


@dataclass(frozen=True, slots=True)
class LineRemark:
    """A line refused, or imported and pointed out: its number in a spreadsheet, why, and what stood there."""

    number: int
    why: Why
    value: str = ""


class LineRefusal(Exception):
    """The line gives no person: `why` says why, `value` is what stood there."""

    def __init__(self, why: Why, value: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.value = clean(value)[:SHOWN]


class LineReader:
    """Read lines that share their columns and the way in which they write dates."""

    def __init__(self, columns: Columns, lines: Sequence[Line]) -> None:
        self.columns = columns
        self.remarks: list[LineRemark] = []
        self.unclear_dates: list[str] = []  # headers of columns of which no date can be read
        self._day_first: dict[int, bool | None] = {}
        french = any(plain(header) in FRENCH for header in columns.header)
        for i in (*columns.attendee.get(Field.JOINED, ()), *columns.attendee.get(Field.CONSENT_AT, ())):
            cells = [cell for line in lines if i < len(line.cells) and (cell := line.cells[i].strip())]
            self._day_first[i] = day_first = find_day_first(cells, french)
            if cells and not any(read_moment(cell, day_first) for cell in cells):
                self.unclear_dates.append(clean(columns.header[i])[:SHOWN])

    def read(self, line: Line) -> PersonRow:
        """Give the person of a line; LineRefusal when it gives none."""
        width = len(self.columns.header)
        if line.broken:
            raise LineRefusal(Why.OPEN_QUOTE, " ".join(line.cells))
        if any(map(str.strip, line.cells[width:])):
            raise LineRefusal(Why.TOO_MANY_CELLS, f"{len(line.cells)}/{width}")
        email, sides = self._who(line)
        name = next(filter(None, (_name(line, side) for side in sides)), "")
        city = next(filter(None, (_first(line, side, Field.CITY) for side in sides)), "")
        joined = self._moment(line, Field.JOINED)
        person = PersonRow(
            number=line.number,
            email=email,
            name=_short(name, NAME_MAX, Why.NAME_TOO_LONG),
            city=_short(city, CITY_MAX, Why.CITY_TOO_LONG),
            locale=read_locale(self._cell(line, Field.LOCALE)),
            reference=_short(self._reference(line), REFERENCE_MAX, Why.REFERENCE_TOO_LONG),
            joined_on=joined.date() if joined else None,
        )
        if is_formula(name):
            self._point_out(line, Why.FORMULA_NAME, name)
        if "\ufffd" in name:
            self._point_out(line, Why.DAMAGED_NAME, name)
        consent = self._consent(line, person.locale)
        return replace(person, consents=(consent,)) if consent else person

    def _who(self, line: Line) -> tuple[str, tuple[_Side, ...]]:
        """Give the address of the person and the sides of the line that speak of them, best first."""
        mine, buyer = self.columns.attendee, self.columns.buyer
        own, bought = _first(line, mine, Field.EMAIL), _first(line, buyer, Field.EMAIL)
        try:
            email = read_email(own or bought)
        except BadCell as error:
            raise LineRefusal(error.why, own or bought) from None
        if not own:
            return email, (buyer, mine)
        return email, (mine, buyer) if own.lower() == bought.lower() else (mine,)

    def _cell(self, line: Line, what: Field) -> str:
        return _first(line, self.columns.attendee, what)

    def _point_out(self, line: Line, why: Why, value: str) -> None:
        self.remarks.append(LineRemark(line.number, why, value[:SHOWN]))

    def _reference(self, line: Line) -> str:
        text = self._cell(line, Field.REFERENCE)
        return f"{self.columns.source}:{text}" if text and self.columns.source is not Source.PLAIN else text

    def _moment(self, line: Line, what: Field) -> datetime | None:
        for i in self.columns.attendee.get(what, ()):
            if i < len(line.cells) and (moment := read_moment(line.cells[i], self._day_first[i])):
                return moment
        return None

    def _consent(self, line: Line, locale: str) -> ConsentProof | None:
        purpose = self._cell(line, Field.CONSENT_PURPOSE)
        wording = self._cell(line, Field.CONSENT_WORDING)
        if not (purpose or wording or self._cell(line, Field.CONSENT_AT)):
            return None
        if withdrawn := self._cell(line, Field.CONSENT_WITHDRAWN):
            self._point_out(line, Why.CONSENT_WITHDRAWN, withdrawn)
            return None
        language = read_locale(self._cell(line, Field.CONSENT_LANGUAGE)) or locale
        at = self._moment(line, Field.CONSENT_AT)
        if not (purpose and 0 < len(wording) <= WORDING_MAX and at and language):
            proof = {
                Field.CONSENT_PURPOSE: bool(purpose),
                Field.CONSENT_WORDING: 0 < len(wording) <= WORDING_MAX,
                Field.CONSENT_AT: at is not None,
                Field.CONSENT_LANGUAGE: bool(language),
            }
            self._point_out(
                line, Why.CONSENT_INCOMPLETE, ", ".join(k for k, there in proof.items() if not there)
            )
            return None
        version = self._cell(line, Field.CONSENT_VERSION)[:20] or "import"
        origin = self._cell(line, Field.CONSENT_SOURCE) or self.columns.source
        return ConsentProof(_slug(purpose), wording, version, language, f"import:{origin}"[:80], at)


def _slug(text: str) -> str:
    return "-".join(text.lower().replace("_", " ").replace("-", " ").split())


def _short(text: str, limit: int, why: Why) -> str:
    if len(text) > limit:
        raise LineRefusal(why, text)
    return text


def _first(line: Line, side: _Side, what: Field) -> str:
    """Give the first filled cell of a field, cleaned."""
    for i in side.get(what, ()):
        if i < len(line.cells) and (text := clean(line.cells[i])):
            return text
    return ""


def _name(line: Line, side: _Side) -> str:
    parts = (_first(line, side, Field.FIRST), _first(line, side, Field.LAST))
    return " ".join(filter(None, parts)) or _first(line, side, Field.NAME)
