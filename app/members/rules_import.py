"""Read a list of people as it really comes: which tool wrote it, who is in it, which lines are unusable.

One line gives one person: the attendee, or the buyer where the file gives the attendee no address. Lines
with the same address, whatever the case, make one person: the first line that says something wins and later
lines fill what is missing, since exports put the buyer’s own ticket first; the earliest date of joining is
kept.

A consent is imported only where the file proves it, with the columns consent_purpose, consent_wording,
consent_at and consent_language (the line’s own language stands in for it); consent_version and
consent_source complete it, and consent_withdrawn_at undoes it. A yes or a no to marketing proves nothing
and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from app.members.rules_import_formats import Columns, Source, count_known, find_source, map_columns, plain
from app.members.rules_import_lines import LineReader, LineRefusal, LineRemark, PersonRow
from app.members.rules_import_read import (
    MAX_BYTES,
    MAX_LINES,
    SEPARATORS,
    FileProblem,
    FileRefusal,
    Line,
    decode,
    is_workbook,
    read_lines,
    read_workbook,
    split_hint,
)
from app.members.rules_import_values import clean

HEADER_WITHIN = 10  # lines; some exports put a title above the header
SAMPLE = 50  # lines that tell what a column holds


class FileNote(StrEnum):
    """What the person who imports should know about the whole file."""

    MARKETING_IGNORED = "marketing_ignored"
    DATES_UNCLEAR = "dates_unclear"
    LINES_MERGED = "lines_merged"


@dataclass(slots=True)
class ParsedFile:
    """What a file says: its shape, its people, the refused lines, the lines to look at, notes on the
    whole."""

    source: Source
    encoding: str
    separator: str  # empty for a workbook
    columns: Columns
    lines: int  # below the header, without the blank ones
    rows: list[PersonRow] = field(default_factory=list)
    refused: list[LineRemark] = field(default_factory=list)
    remarks: list[LineRemark] = field(default_factory=list)
    notes: list[tuple[FileNote, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    separator: str
    columns: Columns


def parse_people(data: bytes) -> ParsedFile:
    """Read an exported list of people: CSV in any usual dress, or an Excel workbook.

    At most MAX_BYTES and MAX_LINES. FileRefusal when nothing of it can be used.
    """
    if len(data) > MAX_BYTES:
        raise FileRefusal(FileProblem.TOO_LARGE)
    if not data.strip():
        raise FileRefusal(FileProblem.EMPTY)
    if is_workbook(data):
        lines = read_workbook(data)
        return _read_people(_find_header([("", lines[:SAMPLE])]), lines, "Excel")
    text, encoding = decode(data)
    text, hint = split_hint(text)
    header = _find_header(
        [(s, list(islice(read_lines(text, s), SAMPLE))) for s in ((hint,) if hint else SEPARATORS)]
    )
    lines = list(
        islice(read_lines(text, header.separator, len(header.columns.header)), MAX_LINES + HEADER_WITHIN)
    )
    return _read_people(header, lines, encoding)


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
    """Take a column that asks “Quelle est votre adresse e-mail ?” or so, if addresses stand under it."""
    filled = [(s, [line for line in lines if any(map(str.strip, line.cells))]) for s, lines in tries]
    separator, lines = max(filled, key=lambda one: len(one[1][0].cells) if one[1] else 0)
    if not lines:
        raise FileRefusal(FileProblem.EMPTY)
    header = lines[0].cells
    for i, word in enumerate(map(plain, header)):
        if "mail" in word or "courriel" in word:
            cells = [c for line in lines[1:] if i < len(line.cells) and (c := line.cells[i].strip())]
            if cells and sum("@" in c for c in cells) * 2 > len(cells):
                return _Header(lines[0].number, separator, map_columns(header, email_column=i))
    if any("@" in cell for cell in header):
        raise FileRefusal(FileProblem.NO_HEADER, line=str(lines[0].number))
    if find_source(header) is Source.MEETUP:
        raise FileRefusal(FileProblem.MEETUP_WITHOUT_EMAIL)
    shown = [clean(cell)[:40] for cell in header if cell.strip()]
    found = ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "")
    raise FileRefusal(FileProblem.UNKNOWN_HEADER, found=found)


def _read_people(header: _Header, lines: list[Line], encoding: str) -> ParsedFile:
    columns = header.columns
    below = [line for line in lines if line.number > header.number and any(map(str.strip, line.cells))]
    if len(below) > MAX_LINES:
        raise FileRefusal(FileProblem.TOO_MANY_LINES)
    parsed = ParsedFile(columns.source, encoding, header.separator, columns, len(below))
    reader = LineReader(columns, below)
    people: dict[str, PersonRow] = {}
    for line in below:
        try:
            row = reader.read(line)
        except LineRefusal as refusal:
            parsed.refused.append(LineRemark(line.number, refusal.why, refusal.value))
            continue
        known = people.get(row.key)
        people[row.key] = _merge(known, row) if known else row
    parsed.rows = list(people.values())
    parsed.remarks = reader.remarks
    if merged := len(below) - len(parsed.refused) - len(people):
        parsed.notes.append((FileNote.LINES_MERGED, str(merged)))
    parsed.notes += [(FileNote.DATES_UNCLEAR, title) for title in reader.unclear_dates]
    parsed.notes += [(FileNote.MARKETING_IGNORED, clean(title)[:80]) for title in columns.ignored_marketing]
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
