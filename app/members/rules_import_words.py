"""What the import says to the person who imports: a sentence for each refusal, remark and note."""

from __future__ import annotations

from flask_babel.speaklater import LazyString

from app.i18n import _l, ngettext
from app.members.rules_import import FileNote
from app.members.rules_import_formats import Columns, Field, Source
from app.members.rules_import_lines import LineRemark
from app.members.rules_import_read import FileProblem, FileRefusal
from app.members.rules_import_values import Why

SOURCES: dict[Source, str | LazyString] = {
    Source.EVENTBRITE: "Eventbrite",
    Source.MEETUP: "Meetup",
    Source.PRETIX: "pretix",
    Source.HI_EVENTS: "Hi.Events",
    Source.PLAIN: _l("a list made by hand"),
}

SEPARATORS: dict[str, LazyString] = {
    ",": _l("commas"),
    ";": _l("semicolons"),
    "\t": _l("tabs"),
}

FIELDS: dict[Field, LazyString] = {
    Field.EMAIL: _l("E-mail address"),
    Field.FIRST: _l("First name"),
    Field.LAST: _l("Last name"),
    Field.NAME: _l("Full name"),
    Field.CITY: _l("City"),
    Field.LOCALE: _l("Language"),
    Field.REFERENCE: _l("Reference"),
    Field.JOINED: _l("Joined on"),
    Field.CONSENT_PURPOSE: _l("Consent: purpose"),
    Field.CONSENT_WORDING: _l("Consent: words"),
    Field.CONSENT_VERSION: _l("Consent: version"),
    Field.CONSENT_AT: _l("Consent: time"),
    Field.CONSENT_LANGUAGE: _l("Consent: language"),
    Field.CONSENT_SOURCE: _l("Consent: origin"),
    Field.CONSENT_WITHDRAWN: _l("Consent: withdrawn"),
}

FILE: dict[FileProblem, LazyString] = {
    FileProblem.EMPTY: _l("This file is empty. Choose another one."),
    FileProblem.TOO_LARGE: _l("This file is larger than 5 MB. Split it into several files."),
    FileProblem.TOO_MANY_LINES: _l("This file has more than 50,000 lines. Split it into several files."),
    FileProblem.NOT_TEXT: _l("This is no list of people. Choose a CSV file or an Excel workbook (.xlsx)."),
    FileProblem.OLD_EXCEL: _l(
        "This workbook comes from an old Excel (.xls). Save it as CSV or as .xlsx first."
    ),
    FileProblem.BROKEN_WORKBOOK: _l("This workbook cannot be opened. Save it as CSV and choose it again."),
    FileProblem.BROKEN_QUOTES: _l(
        "Too many quotation marks open and never close in this file. Export it again, or save it as .xlsx."
    ),
    FileProblem.NO_HEADER: _l(
        "The first line must name the columns, for instance: First name, Last name, E-mail, City."
    ),
    FileProblem.UNKNOWN_HEADER: _l(
        "No column holds e-mail addresses. Columns found: %(found)s. Rename one of them E-mail, Email, Mail, "
        "Courriel or Adresse e-mail."
    ),
    FileProblem.MEETUP_WITHOUT_EMAIL: _l(
        "Meetup does not export e-mail addresses. Add a column named E-mail, or ask members of the group for "
        "their address with a question and export again."
    ),
}

LINE: dict[Why, LazyString] = {
    Why.NO_EMAIL: _l("There is no e-mail address."),
    Why.EMAIL_NO_AT: _l("“%(value)s” has no @. An address looks like name@example.org."),
    Why.EMAIL_TWO_ATS: _l("“%(value)s” has more than one @. Give one address per line."),
    Why.EMAIL_SPACE: _l("“%(value)s” has a space in it."),
    Why.EMAIL_HALF: _l("“%(value)s” has nothing before or after the @."),
    Why.EMAIL_NO_DOT: _l("“%(value)s” lacks its ending, such as .fr or .org."),
    Why.EMAIL_ACCENT: _l("“%(value)s” has an accent or a special sign before the @, where mail takes none."),
    Why.EMAIL_LOCAL: _l("What stands before the @ in “%(value)s” cannot be an address."),
    Why.EMAIL_DOMAIN: _l("What stands after the @ in “%(value)s” cannot receive mail."),
    Why.EMAIL_TOO_LONG: _l("The address is longer than 254 characters."),
    Why.NAME_TOO_LONG: _l("The name is longer than 120 characters: “%(value)s…”."),
    Why.CITY_TOO_LONG: _l("The city is longer than 120 characters: “%(value)s…”."),
    Why.REFERENCE_TOO_LONG: _l("The reference is longer than 120 characters: “%(value)s…”."),
    Why.TOO_MANY_CELLS: _l(
        "The line has more cells than the header (%(value)s). Put quotation marks around a name or a city that "
        "contains a separator."
    ),
    Why.OPEN_QUOTE: _l("A quotation mark opens here and never closes: %(value)s"),
    Why.FORMULA_NAME: _l("The name “%(value)s” starts like a formula. It is imported as it is written."),
    Why.DAMAGED_NAME: _l(
        "A letter of “%(value)s” was lost before the file came here. Correct the name later."
    ),
    Why.CONSENT_INCOMPLETE: _l("The consent is left out: %(value)s is missing or cannot be read."),
    Why.CONSENT_WITHDRAWN: _l("The consent is left out: it was withdrawn (%(value)s)."),
    Why.CONSENT_UNKNOWN: _l(
        "The consent is left out: “%(value)s” is none of invitations, product-news and photos."
    ),
    Why.CONSENT_FUTURE: _l("The consent is left out: its date is in the future (%(value)s)."),
}

NOTE: dict[FileNote, LazyString] = {
    FileNote.MARKETING_IGNORED: _l(
        "The column “%(value)s” is left out: a yes or a no does not prove which words a person agreed to, nor when."
    ),
    FileNote.DATES_UNCLEAR: _l(
        "The dates in the column “%(value)s” are left out: they cannot be read for sure."
    ),
}


def describe_columns(columns: Columns) -> list[tuple[str, str]]:
    """Say which column of the file is read as what, as (what, headers) pairs in the current language."""
    pairs = []
    for field, label in FIELDS.items():
        where = dict.fromkeys(columns.attendee.get(field, ()) + columns.buyer.get(field, ()))
        if titles := dict.fromkeys(columns.header[i].strip() for i in where):
            pairs.append((str(label), ", ".join(titles)))
    return pairs


def explain_file(refusal: FileRefusal) -> str:
    """Say why the whole file is refused and what to do, in the current language."""
    return str(FILE[refusal.problem]) % refusal.values


def explain_line(remark: LineRemark) -> str:
    """Say what is wrong with a line, in the current language."""
    return str(LINE[remark.why]) % {"value": remark.value}


def explain_note(note: FileNote, value: str) -> str:
    """Say what to know about the whole file, in the current language."""
    if note is FileNote.LINES_MERGED:
        return str(
            ngettext(
                "%(num)d line repeats an address that stands above it: it fills what was missing there.",
                "%(num)d lines repeat an address that stands above them: they fill what was missing there.",
                int(value),
            )
        )
    return str(NOTE[note]) % {"value": value}
