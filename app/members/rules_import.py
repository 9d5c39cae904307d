"""Read a list of people as it really comes: which tool wrote it, who is in it, which lines cannot be used and why.

One line gives one person: the attendee, or the buyer where the file gives the attendee no address. Lines with the same
address, whatever the case, make one person: the first line that says something wins and later lines fill what is
missing, since exports put the buyer’s own ticket first; the earliest date of joining is kept.

A consent is imported only where the file proves it, with the columns consent_purpose, consent_wording, consent_at and
consent_language (the line’s own language stands in for it), and if there are any consent_version, consent_source and
consent_withdrawn_at. A yes or a no to marketing proves nothing and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

from app.members.rules_import_formats import Columns, Field, Source, count_known, find_source, map_columns, plain
from app.members.rules_import_read import (
    MAX_BYTES,
    MAX_LINES,
    SEPARATORS,
    FileProblem,
    FileRefused,
    Line,
    decode,
    is_workbook,
    read_lines,
    read_workbook,
    split_hint,
)
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

HEADER_WITHIN = 10  # lines; some exports put a title above the header


class FileNote(StrEnum):
    """What the person who imports should know about the whole file."""

    MARKETING_IGNORED = "marketing_ignored"
    DATES_UNCLEAR = "dates_unclear"
    LINES_MERGED = "lines_merged"


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
    """A person of the file; `number` is the first line that speaks of them, empty text means that it says nothing."""

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
        """Give the address in lower case, which is who this is."""
        return self.email.lower()


@dataclass(frozen=True, slots=True)
class LineRemark:
    """A line that is refused, or imported and pointed out: its number in a spreadsheet, why, and what stood there."""

    number: int
    why: Why
    value: str = ""


@dataclass(slots=True)
class ParsedFile:
    """What a file says: its shape, the people in it, the refused lines, the lines to look at, notes on the whole."""

    source: Source
    encoding: str
    separator: str  # empty for a workbook
    columns: Columns
    rows: list[PersonRow] = field(default_factory=list)
    refused: list[LineRemark] = field(default_factory=list)
    remarks: list[LineRemark] = field(default_factory=list)
    notes: list[tuple[FileNote, str]] = field(default_factory=list)
    lines: int = 0  # that are not blank, below the header


def parse_people(data: bytes) -> ParsedFile:
    """Read an exported list of people: CSV in any usual dress, or an Excel workbook.

    FileRefused when nothing of it can be used. At most MAX_BYTES and MAX_LINES.
    """
    if len(data) > MAX_BYTES:
        raise FileRefused(FileProblem.TOO_LARGE)
    if not data.strip():
        raise FileRefused(FileProblem.EMPTY)
    if is_workbook(data):
        lines = read_workbook(data)
        header = _find_header([("", lines[: HEADER_WITHIN + 40])])
        return _read_people(header, lines, "Excel")
    text, encoding = decode(data)
    text, hinted = split_hint(text)
    tries = (hinted,) if hinted else SEPARATORS
    header = _find_header([(s, list(islice(read_lines(text, s), HEADER_WITHIN + 40))) for s in tries])
    lines = list(islice(read_lines(text, header.separator, len(header.columns.header)), MAX_LINES + HEADER_WITHIN))
    return _read_people(header, lines, encoding)


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    separator: str
    columns: Columns


def _find_header(tries: Sequence[tuple[str, list[Line]]]) -> _Header:
    """Choose the separator and the line that make most sense as a header with an e-mail address."""
    best: tuple[int, int, int] = (0, 0, 0)
    found: _Header | None = None
    for separator, lines in tries:
        for line in lines[:HEADER_WITHIN]:
            known = count_known(line.cells)
            score = (known, len(line.cells), -line.number)
            if known and score > best:
                best, found = score, _Header(line.number, separator, map_columns(line.cells))
    return found or _guess_header(tries)


def _guess_header(tries: Sequence[tuple[str, list[Line]]]) -> _Header:
    """Take a column with a title of its own, such as “Quelle est votre adresse e-mail ?”, if addresses stand under it."""
    filled = [(s, [line for line in lines if any(map(str.strip, line.cells))]) for s, lines in tries]
    separator, lines = max(filled, key=lambda one: len(one[1][0].cells) if one[1] else 0)
    if not lines:
        raise FileRefused(FileProblem.EMPTY)
    header = lines[0].cells
    for i, word in enumerate(map(plain, header)):
        if "mail" in word or "courriel" in word:
            cells = [c for line in lines[1:] if i < len(line.cells) and (c := line.cells[i].strip())]
            if cells and sum("@" in c for c in cells) * 2 > len(cells):
                return _Header(lines[0].number, separator, map_columns(header, email_column=i))
    if any("@" in cell for cell in header):
        raise FileRefused(FileProblem.NO_HEADER, line=str(lines[0].number))
    if find_source(header) is Source.MEETUP:
        raise FileRefused(FileProblem.MEETUP_WITHOUT_EMAIL)
    shown = [clean(cell)[:40] for cell in header if cell.strip()]
    raise FileRefused(FileProblem.UNKNOWN_HEADER, found=", ".join(shown[:12]) + (", …" if len(shown) > 12 else ""))


def _read_people(header: _Header, lines: list[Line], encoding: str) -> ParsedFile:
    columns = header.columns
    below = [line for line in lines if line.number > header.number and any(map(str.strip, line.cells))]
    if len(below) > MAX_LINES:
        raise FileRefused(FileProblem.TOO_MANY_LINES)
    parsed = ParsedFile(columns.source, encoding, header.separator, columns, lines=len(below))
    reader = _LineReader(columns, below, parsed)
    people: dict[str, PersonRow] = {}
    for line in below:
        try:
            row = reader.read(line)
        except _LineRefused as refusal:
            parsed.refused.append(LineRemark(line.number, refusal.why, refusal.value[:80]))
            continue
        known = people.get(row.key)
        people[row.key] = _merge(known, row) if known else row
    parsed.rows = list(people.values())
    if merged := len(below) - len(parsed.refused) - len(people):
        parsed.notes.append((FileNote.LINES_MERGED, str(merged)))
    parsed.notes += [(FileNote.MARKETING_IGNORED, clean(h)[:80]) for h in columns.ignored_marketing]
    return parsed


def _merge(first: PersonRow, later: PersonRow) -> PersonRow:
    days = [day for day in (first.joined_on, later.joined_on) if day]
    return replace(
        first,
        name=first.name or later.name,
        city=first.city or later.city,
        locale=first.locale or later.locale,
        reference=first.reference or later.reference,
        joined_on=min(days, default=None),
        consents=tuple(dict.fromkeys(first.consents + later.consents)),
    )


class _LineRefused(Exception):
    def __init__(self, why: Why, value: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.value = value


class _LineReader:
    """Read the lines of one file into people, with what the whole file says about its dates."""

    def __init__(self, columns: Columns, lines: list[Line], parsed: ParsedFile) -> None:
        self.columns = columns
        self.remarks = parsed.remarks
        french = any(plain(h) in _FRENCH for h in columns.header)
        self.day_first: dict[int, bool | None] = {}
        for what in (Field.JOINED, Field.CONSENT_AT):
            for i in columns.attendee.get(what, ()):
                cells = [line.cells[i].strip() for line in lines if i < len(line.cells)]
                self.day_first[i] = find_day_first(cells, french)
                if what is Field.JOINED and any(cells) and not any(read_moment(c, self.day_first[i]) for c in cells):
                    parsed.notes.append((FileNote.DATES_UNCLEAR, clean(columns.header[i])[:80]))

    def read(self, line: Line) -> PersonRow:
        """Give the person of a line, or raise _LineRefused."""
        if line.broken:
            raise _LineRefused(Why.OPEN_QUOTE, " ".join(line.cells))
        if any(map(str.strip, line.cells[len(self.columns.header) :])):
            raise _LineRefused(Why.TOO_MANY_CELLS, f"{len(line.cells)}/{len(self.columns.header)}")
        mine, buyer = self.columns.attendee, self.columns.buyer
        own, bought = _first(line, mine, Field.EMAIL), _first(line, buyer, Field.EMAIL)
        try:
            email = read_email(own or bought)
        except BadCell as error:
            raise _LineRefused(error.why, own or bought) from None
        is_buyer = not own or own.lower() == bought.lower()
        # The buyer’s own name before the attendee’s, when it is the buyer’s address that is taken.
        sides = ((buyer, mine) if not own else (mine, buyer)) if is_buyer else (mine,)
        person = PersonRow(
            line.number,
            email,
            name=self._short(next(filter(None, (_name(line, side) for side in sides)), ""), NAME_MAX, Why.NAME_TOO_LONG),
            city=self._short(
                next(filter(None, (_first(line, s, Field.CITY) for s in sides)), ""), CITY_MAX, Why.CITY_TOO_LONG
            ),
            locale=read_locale(_first(line, mine, Field.LOCALE)),
            reference=self._reference(line),
            joined_on=self._joined(line),
        )
        self._point_out(person)
        consent = self._consent(line, person.locale)
        return replace(person, consents=(consent,)) if consent else person

    @staticmethod
    def _short(text: str, limit: int, why: Why) -> str:
        if len(text) > limit:
            raise _LineRefused(why, text)
        return text

    def _point_out(self, person: PersonRow) -> None:
        if is_formula(person.name):
            self.remarks.append(LineRemark(person.number, Why.FORMULA_NAME, person.name[:80]))
        if "\ufffd" in person.name:
            self.remarks.append(LineRemark(person.number, Why.DAMAGED_NAME, person.name[:80]))

    def _reference(self, line: Line) -> str:
        text = _first(line, self.columns.attendee, Field.REFERENCE)
        if text and self.columns.source is not Source.PLAIN:
            text = f"{self.columns.source}:{text}"
        return self._short(text, REFERENCE_MAX, Why.REFERENCE_TOO_LONG)

    def _moment(self, line: Line, what: Field) -> datetime | None:
        for i in self.columns.attendee.get(what, ()):
            if i < len(line.cells) and (moment := read_moment(line.cells[i], self.day_first.get(i))):
                return moment
        return None

    def _joined(self, line: Line) -> date | None:
        moment = self._moment(line, Field.JOINED)
        return moment.date() if moment else None

    def _consent(self, line: Line, locale: str) -> ConsentProof | None:
        def cell(what: Field) -> str:
            return _first(line, self.columns.attendee, what)

        purpose, wording, written = cell(Field.CONSENT_PURPOSE), cell(Field.CONSENT_WORDING), cell(Field.CONSENT_AT)
        if not (purpose or wording or written):
            return None
        if withdrawn := cell(Field.CONSENT_WITHDRAWN):
            self.remarks.append(LineRemark(line.number, Why.CONSENT_WITHDRAWN, withdrawn[:80]))
            return None
        language = read_locale(cell(Field.CONSENT_LANGUAGE)) or locale
        at = self._moment(line, Field.CONSENT_AT)
        if not (purpose and 0 < len(wording) <= WORDING_MAX and language and at):
            missing = [
                what
                for what, there in (
                    (Field.CONSENT_PURPOSE, purpose),
                    (Field.CONSENT_WORDING, 0 < len(wording) <= WORDING_MAX),
                    (Field.CONSENT_AT, at),
                    (Field.CONSENT_LANGUAGE, language),
                )
                if not there
            ]
            self.remarks.append(LineRemark(line.number, Why.CONSENT_INCOMPLETE, ", ".join(missing)))
            return None
        origin = cell(Field.CONSENT_SOURCE) or str(self.columns.source)
        version = cell(Field.CONSENT_VERSION)[:20] or "import"
        return ConsentProof(_slug(purpose), wording, version, language, f"import:{origin}"[:80], at)


_FRENCH = frozenset(
    map(plain, ("Prénom", "Nom", "Ville", "Courriel", "Adresse e-mail", "N° de commande", "Code de commande"))
) | {"prenomduparticipant", "nomduparticipant", "rejoindrelegroupele", "dateinscription", "datedinscription"}


def _slug(text: str) -> str:
    return "-".join(text.lower().replace("_", " ").replace("-", " ").split())


def _first(line: Line, side: dict[Field, tuple[int, ...]], what: Field) -> str:
    """Give the first filled cell of a field, cleaned."""
    for i in side.get(what, ()):
        if i < len(line.cells) and (text := clean(line.cells[i])):
            return text
    return ""


def _name(line: Line, side: dict[Field, tuple[int, ...]]) -> str:
    parts = (_first(line, side, Field.FIRST), _first(line, side, Field.LAST))
    return " ".join(filter(None, parts)) or _first(line, side, Field.NAME)
