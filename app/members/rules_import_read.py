"""Turn the bytes of a spreadsheet export into numbered lines of cells, whatever wrote it."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import islice

MAX_BYTES = 5_000_000
MAX_LINES = 50_000
MAX_UNPACKED = 60_000_000  # bytes of XML in a workbook
MAX_BROKEN = 50  # unclosed quotation marks after which a file is not worth reading
SEPARATORS = (",", ";", "\t")
_HINT = re.compile(r'"?sep=([^\w\s"]|\t)"?(?:\r\n?|\n|\Z)', re.IGNORECASE)


class FileProblem(StrEnum):
    """Why a whole file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    NOT_TEXT = "not_text"
    OLD_EXCEL = "old_excel"
    BROKEN_WORKBOOK = "broken_workbook"
    BROKEN_QUOTES = "broken_quotes"
    NO_HEADER = "no_header"
    UNKNOWN_HEADER = "unknown_header"
    MEETUP_WITHOUT_EMAIL = "meetup_without_email"


class FileRefusal(Exception):
    """Nothing of the file can be imported: `problem` says why, `values` complete the sentence."""

    def __init__(self, problem: FileProblem, **values: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.values = values


@dataclass(frozen=True, slots=True)
class Line:
    """A row under the number that a spreadsheet shows; `broken` when a quotation mark opens and never
    closes."""

    number: int
    cells: list[str]
    broken: bool = False


def decode(data: bytes) -> tuple[str, str]:
    """Give the text of `data` and the name of its encoding; bytes that mean nothing become U+FFFD.

    A byte order mark decides; else UTF-8 if it holds; else whichever of UTF-8 and Windows-1252 explains
    more of the accented letters, since a long export can carry one damaged byte.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data.decode("utf-8-sig", "replace"), "UTF-8 (BOM)"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "UTF-16"
    if b"\0" in data:
        raise FileRefusal(FileProblem.NOT_TEXT)
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if sum(c > "\x7f" for c in text) - damaged > damaged:
        return text, "UTF-8"
    return data.decode("cp1252", "replace"), "Windows-1252"


def split_hint(text: str) -> tuple[str, str | None]:
    """Take off Excel’s first line `sep=;`, which no spreadsheet shows, and give the separator it names."""
    match = _HINT.match(text)
    return (text[match.end() :], match[1]) if match else (text, None)


class _Feed:
    """Hand physical lines to csv.reader and remember how many it took for the record in progress."""

    def __init__(self, lines: list[str], at: int) -> None:
        self.lines, self.at = lines, at
        self.taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        self.at += 1
        self.taken += 1
        return self.lines[self.at - 1]


def read_lines(text: str, separator: str, width: int = 0) -> Iterator[Line]:
    """Split text into lines of cells; quoted newlines stay in their cell and count for no line.

    csv.reader alone would let one stray quotation mark swallow every line after it without a word. So
    reading is strict, and a record that breaks the rules, or that takes several physical lines and then has
    not `width` cells (when given), is read again as the one physical line where it began; if its quotation
    mark stays open there, that line is broken, and reading goes on below it.
    """
    physical = list(io.StringIO(text, newline=None))
    start, number, broken = 0, 0, 0
    while start < len(physical):
        feed = _Feed(physical, start)
        for cells in _records(feed, separator):
            number += 1
            if cells is None or (feed.taken > 1 and width and len(cells) != width):
                line = _read_alone(number, physical[start], separator)
                broken += line.broken
                if broken > MAX_BROKEN:
                    raise FileRefusal(FileProblem.BROKEN_QUOTES)
                yield line
                start += 1
                break
            yield Line(number, cells)
            start += feed.taken
            feed.taken = 0
        else:
            return


def _records(feed: Iterator[str], separator: str) -> Iterator[list[str] | None]:
    """Give the cells of each record, or None for one that breaks the rules of quoting or is absurdly long."""
    reader = csv.reader(feed, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None


def _read_alone(number: int, text: str, separator: str) -> Line:
    """Read one physical line leniently, as in `Jo "the cook" Roy`; broken if a quotation mark stays open."""
    probe = [text, ""]  # csv.reader asks for the second when the first leaves a quotation mark open
    feed = iter(probe)
    try:
        cells = next(csv.reader(feed, delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return Line(number, text.split(separator), broken=True)
    return Line(number, cells, broken=next(feed, None) is None)


def is_workbook(data: bytes) -> bool:
    """Say whether the bytes are an Excel workbook; the old binary format is refused."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefusal(FileProblem.OLD_EXCEL)
    return data.startswith(b"PK\x03\x04")


def read_workbook(data: bytes) -> list[Line]:
    """Give the lines of the first sheet of an Excel workbook, numbers and dates as text."""
    from openpyxl import load_workbook  # heavy: only when a workbook comes

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise FileRefusal(FileProblem.TOO_LARGE)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        rows = islice(book.worksheets[0].iter_rows(values_only=True), MAX_LINES + 12)
        return [Line(number, [_text(value) for value in row]) for number, row in enumerate(rows, 1)]
    except FileRefusal:
        raise
    except Exception as error:  # openpyxl lets anything through that its XML or zip reader raises
        raise FileRefusal(FileProblem.BROKEN_WORKBOOK) from error


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return "" if value is None else str(value)
