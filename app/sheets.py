"""Tables that leave as files for a spreadsheet, written row by row so that memory does not grow with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

Cell = str | int | float | datetime | None

CHUNK = 64 * 1024
# What Excel, LibreOffice or Google Sheets may take for the start of a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs: with an apostrophe in front of what begins like a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def wall_clock(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return an instant as the clocks of a zone show it, to the minute: spreadsheets know no zones."""
    return None if moment is None else moment.astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)


def csv_chunks(rows: Iterable[Sequence[Cell]], delimiter: str) -> Iterator[bytes]:
    """Write rows as CSV, in pieces of some ten kilobytes: UTF-8 with the mark by which Excel knows it.

    Excel splits a line at the list separator of its own language: the semicolon in French, the comma in English.
    """
    out = io.StringIO(newline="")
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=delimiter)
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
        if out.tell() > CHUNK:
            yield _take(out)
    yield _take(out)


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return harmless(cell)
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else cell


def _take(out: io.StringIO) -> bytes:
    data = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return data


def xlsx_file(title: str, rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Write rows, headings first, as a workbook of one sheet; return a temporary file, to be closed, at its start."""
    from xlsxwriter import Workbook  # half a megabyte that no page needs

    file = TemporaryFile()  # noqa: SIM115 - who reads it closes it
    options = {
        "constant_memory": True,  # each row leaves for the disk when the next begins
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    with Workbook(file, options) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 30, 18)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, harmless(cell), None if number else bold)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    file.seek(0)
    return file


def _sheet_name(title: str) -> str:
    """Return a name that Excel takes for a sheet: 31 characters, none of []:*?/\\ and no apostrophe at an end."""
    return "".join(" " if letter in "[]:*?/\\" else letter for letter in title)[:31].strip("' ") or "1"


def file_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file in pieces, and close it."""
    with file:
        while data := file.read(CHUNK):
            yield data
