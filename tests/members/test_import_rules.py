"""Reading lists of people: the exports as they come, each refusal, and what no bytes may do."""

import csv
import io
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.members.rules_import import FileNote, ParsedFile, parse_people
from app.members.rules_import_formats import Source
from app.members.rules_import_read import MAX_BYTES, MAX_LINES, FileProblem, FileRefusal, read_lines
from app.members.rules_import_values import Why, read_email, read_locale, read_moment

FILES = Path(__file__).parent / "files"


def parse(name: str) -> ParsedFile:
    return parse_people((FILES / name).read_bytes())


def parse_text(text: str, encoding: str = "utf-8") -> ParsedFile:
    return parse_people(text.encode(encoding))


def refusal(data: bytes) -> FileProblem:
    with pytest.raises(FileRefusal) as caught:
        parse_people(data)
    return caught.value.problem


def test_eventbrite_attendees_in_english() -> None:
    parsed = parse("eventbrite_en.csv")
    assert (parsed.source, parsed.encoding, parsed.separator) == (Source.EVENTBRITE, "UTF-8 (BOM)", ",")
    liam = parsed.rows[0]
    assert (liam.email, liam.key) == ("Liam.OBrien@example.org", "liam.obrien@example.org")
    assert (liam.name, liam.city) == ("Liam O’Brien-Nguyễn", "Lyon")
    assert (liam.reference, liam.joined_on) == ("eventbrite:9100000001", date(2026, 3, 2))
    assert [(r.number, r.why) for r in parsed.refused] == [(5, Why.EMAIL_NO_DOT)]


def test_the_city_of_a_buyer_is_not_that_of_their_guest() -> None:
    zoe = parse("eventbrite_en.csv").rows[1]
    assert (zoe.name, zoe.city) == ("Zoé Marchand", "")


def test_an_attendee_without_an_address_gives_way_to_the_buyer() -> None:
    ines = parse("eventbrite_en.csv").rows[2]
    assert (ines.email, ines.name, ines.city) == ("ines.roche@example.org", "Inès Roche", "Grenoble")


def test_eventbrite_attendees_in_french_with_semicolons_and_windows_1252() -> None:
    parsed = parse("eventbrite_fr.csv")
    assert (parsed.source, parsed.encoding, parsed.separator) == (Source.EVENTBRITE, "Windows-1252", ";")
    assert [(r.name, r.city) for r in parsed.rows] == [("Éloïse Lefèvre", "Nantes"), ("Maël Le Goff", "")]
    assert parsed.rows[0].joined_on == date(2026, 2, 11)


def test_the_older_eventbrite_report_with_british_dates_and_an_address_on_two_lines() -> None:
    parsed = parse("eventbrite_report_uk.csv")
    assert parsed.source is Source.EVENTBRITE
    assert [(r.number, r.name, r.city, r.joined_on) for r in parsed.rows] == [
        (2, "Aoife Byrne", "Galway", date(2026, 1, 25)),
        (3, "Tom Reed", "Cork", date(2026, 2, 3)),
    ]
    assert parsed.notes == [(FileNote.MARKETING_IGNORED, "Keep me updated about this organiser")]


def test_meetup_members_without_addresses_are_refused_with_the_reason() -> None:
    assert refusal((FILES / "meetup_members.tsv").read_bytes()) is FileProblem.MEETUP_WITHOUT_EMAIL


def test_meetup_attendees_whose_group_asked_for_the_address() -> None:
    parsed = parse("meetup_with_question.tsv")
    assert (parsed.source, parsed.separator) == (Source.MEETUP, "\t")
    assert [(r.name, r.email, r.reference) for r in parsed.rows] == [
        ("Ada K.", "ada@example.org", "meetup:user 1201")
    ]
    assert parsed.rows[0].joined_on == date(2024, 4, 1)  # 11/30 further down says that months come first
    assert [(r.number, r.why) for r in parsed.refused] == [(3, Why.NO_EMAIL)]


def test_pretix_positions_in_english() -> None:
    parsed = parse("pretix_positions_en.csv")
    assert parsed.source is Source.PRETIX
    assert [(r.email, r.name, r.city, r.locale) for r in parsed.rows] == [
        ("sofia@example.org", "Sofía Ortega", "Paris", "en"),
        ("hugo@example.org", "Hugo Blanc", "", "en"),
    ]
    assert parsed.rows[0].reference == "pretix:K7QZ3"


def test_pretix_positions_in_french() -> None:
    parsed = parse("pretix_positions_fr.csv")
    (chloe,) = parsed.rows
    assert parsed.source is Source.PRETIX
    assert (chloe.email, chloe.name, chloe.city) == ("chloe@exemple.fr", "Chloé Faure", "Rennes")
    assert (chloe.locale, chloe.joined_on) == ("fr", date(2026, 1, 15))


@pytest.mark.parametrize(
    ("name", "email", "person", "city"),
    [
        ("hi_events_en.csv", "nadia@example.org", "Nadia Benali", "Marseille"),
        ("hi_events_fr.csv", "noe@exemple.fr", "Noé Garnier", ""),
    ],
)
def test_hi_events_attendees(name: str, email: str, person: str, city: str) -> None:
    parsed = parse(name)
    (row,) = parsed.rows
    assert parsed.source is Source.HI_EVENTS
    assert (row.email, row.name, row.city, row.joined_on) == (email, person, city, date(2026, 4, 2))


def test_hi_events_writes_a_workbook_and_it_is_read_as_it_is() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in csv.reader((FILES / "hi_events_fr.csv").read_text().splitlines()):
        sheet.append(line)
    sheet.append([33, "Ana", "Reis", None, "ACTIVE"])
    sheet.append(
        [34.0, "Eva", "Reis", "eva@example.org", "ACTIVE", None, None, None, None, 77, None, date(2026, 5, 1)]
    )
    data = io.BytesIO()
    book.save(data)
    parsed = parse_people(data.getvalue())
    assert (parsed.source, parsed.encoding) == (Source.HI_EVENTS, "Excel")
    assert [(r.email, r.reference, r.joined_on) for r in parsed.rows] == [
        ("noe@exemple.fr", "hi-events:A-9M4R", date(2026, 4, 2)),
        ("eva@example.org", "hi-events:77", date(2026, 5, 1)),
    ]
    assert [(r.number, r.why) for r in parsed.refused] == [(3, Why.NO_EMAIL)]


def test_a_list_made_in_french_excel() -> None:
    parsed = parse("excel_fr.csv")
    assert (parsed.source, parsed.encoding, parsed.separator) == (Source.PLAIN, "Windows-1252", ";")
    assert [(r.number, r.name, r.city, r.joined_on) for r in parsed.rows] == [
        (2, "Éloïse LEFÈVRE", "Nantes", date(2026, 2, 11)),
        (3, "José d'Almeida", "Saint-Étienne", date(2026, 4, 3)),
    ]
    assert parsed.notes == [(FileNote.MARKETING_IGNORED, "Abonné newsletter")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_dress_of_the_same_list(separator: str, encoding: str, ending: str) -> None:
    lines = [
        ["Prénom", "Nom", "Adresse e-mail", "Ville"],
        ["Zoé", "O’Brien", "zoe@exemple.fr", "Sète, le port"],
    ]
    quoted = [separator.join(f'"{cell}"' for cell in line) for line in lines]
    parsed = parse_text(ending.join(quoted) + ending, encoding)
    assert [(r.name, r.city) for r in parsed.rows] == [("Zoé O’Brien", "Sète, le port")]
    assert parsed.separator == separator


@pytest.mark.parametrize(
    "header",
    [
        *("E-mail", "EMAIL", "e mail", "Courriel", "courriel*", "Mail", "Adresse e-mail", "ADRESSE E-MAIL :"),
        *("Adresse électronique", "adresse electronique", "E\u2011mail", "Email Address", "Mél"),
    ],
)
def test_headers_are_known_whatever_their_case_accents_and_spaces(header: str) -> None:
    assert parse_text(f"Nom,{header}\nZoé,zoe@exemple.fr\n").rows[0].email == "zoe@exemple.fr"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Nom,E-mail", "Zoé Roy,z@exemple.fr"),
        ("Nom,Prénom,E-mail", "Roy,Zoé,z@exemple.fr"),
        ("Name,First name,Email", "Roy,Zoé,z@exemple.fr"),
        ("First name,Last name,Name,Email", "Zoé,Roy,Miss Zoé Roy,z@exemple.fr"),
        ("first_name,last_name,name,email", ",,Zoé Roy,z@exemple.fr"),
        ("Prénom et nom,Mail", "Zoé Roy,z@exemple.fr"),
    ],
)
def test_a_name_comes_whole_or_in_parts(header: str, cells: str) -> None:
    assert parse_text(f"{header}\n{cells}\n").rows[0].name == "Zoé Roy"


def test_lines_above_the_header_are_passed_over() -> None:
    parsed = parse_text("Participants de mars;;\n\nNom;E-mail;Ville\nZoé;zoe@exemple.fr;Sète\nBo;;Sète\n")
    assert parsed.rows[0].number == 4
    assert parsed.refused[0].number == 5


def test_a_column_that_asks_for_the_address_in_a_sentence() -> None:
    parsed = parse_text("Horodateur,Quel est ton e-mail ?,Prénom\n01/02/2026,zoe@exemple.fr,Zoé\n")
    assert [(r.email, r.name) for r in parsed.rows] == [("zoe@exemple.fr", "Zoé")]


def test_lines_are_numbered_as_a_spreadsheet_numbers_them() -> None:
    text = 'E-mail,Adresse\nzoe@exemple.fr,"1 rue Haute\n\nSète"\n\nbo,2 rue Basse\n'
    parsed = parse_text(text)
    assert [r.number for r in parsed.rows] == [2]
    assert [r.number for r in parsed.refused] == [4]


def test_lines_with_the_same_address_are_one_person_and_the_first_word_stands() -> None:
    parsed = parse_text(
        "email,name,city,joined\nZoe@Exemple.fr,,Sète,2026-03-01\nzoe@exemple.fr,Zoé,Agde,2026-01-05\n"
        "ZOE@EXEMPLE.FR,Zoé Roy,,\n"
    )
    (zoe,) = parsed.rows
    assert (zoe.number, zoe.email) == (2, "Zoe@exemple.fr")
    assert (zoe.name, zoe.city, zoe.joined_on) == ("Zoé", "Sète", date(2026, 1, 5))
    assert parsed.notes == [(FileNote.LINES_MERGED, "2")]


def test_each_refused_line_has_its_number_and_its_reason() -> None:
    parsed = parse("refused_lines.csv")
    assert [(r.number, r.why) for r in parsed.refused] == [
        (3, Why.NO_EMAIL),
        (5, Why.EMAIL_NO_AT),
        (6, Why.EMAIL_TWO_ATS),
        (7, Why.EMAIL_SPACE),
        (8, Why.EMAIL_ACCENT),
        (9, Why.EMAIL_NO_DOT),
        (10, Why.EMAIL_DOMAIN),
        (11, Why.EMAIL_LOCAL),
        (12, Why.EMAIL_HALF),
        (13, Why.TOO_MANY_CELLS),
        (15, Why.OPEN_QUOTE),
    ]
    assert [r.email for r in parsed.rows] == ["lea@exemple.fr", "formule@exemple.fr", "lou@exemple.fr"]
    assert parsed.lines == 14


def test_a_name_that_a_spreadsheet_would_run_is_kept_and_pointed_out() -> None:
    parsed = parse("refused_lines.csv")
    assert parsed.rows[1].name == "=HYPERLINK() Roy"
    assert [(r.number, r.why) for r in parsed.remarks] == [(14, Why.FORMULA_NAME)]


def test_an_unclosed_quotation_mark_takes_no_other_line_with_it() -> None:
    text = 'email;nom\na@exemple.fr;"A\nb@exemple.fr;B\nc@exemple.fr;"C"\nd@exemple.fr;D\n'
    parsed = parse_text(text)
    assert [r.email for r in parsed.rows] == ["b@exemple.fr", "c@exemple.fr", "d@exemple.fr"]
    assert [(r.number, r.why) for r in parsed.refused] == [(2, Why.OPEN_QUOTE)]


def test_a_file_of_unclosed_quotation_marks_is_refused() -> None:
    lines = "".join(f'u{i}@exemple.fr;"U\n' for i in range(301))
    assert refusal(f"email;nom\n{lines}".encode()) is FileProblem.BROKEN_QUOTES


@pytest.mark.parametrize(
    ("header", "cell", "why"),
    [
        ("name", "N" * 121, Why.NAME_TOO_LONG),
        ("city", "C" * 121, Why.CITY_TOO_LONG),
        ("reference", "R" * 121, Why.REFERENCE_TOO_LONG),
        ("phone,email", "1," + "e" * 250 + "@exemple.fr", Why.EMAIL_TOO_LONG),
    ],
)
def test_a_cell_that_is_too_long_is_refused(header: str, cell: str, why: Why) -> None:
    (email, title) = ("", header) if "email" in header else ("zoe@exemple.fr,", f"email,{header}")
    parsed = parse_text(f"{title}\n{email}{cell}\n")
    assert [r.why for r in parsed.refused] == [why]
    assert len(parsed.refused[0].value) <= 80


def test_an_unknown_header_is_refused_with_the_headers_found() -> None:
    with pytest.raises(FileRefusal) as caught:
        parse_text("Nom;Téléphone\nZoé;0600000000\n")
    assert caught.value.problem is FileProblem.UNKNOWN_HEADER
    assert caught.value.values == {"found": "Nom, Téléphone"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b" \r\n\t\n", FileProblem.EMPTY),
        (b"\xef\xbb\xbf\n", FileProblem.EMPTY),
        (b"zoe@exemple.fr,Zo\xc3\xa9\nbo@exemple.fr,Bo\n", FileProblem.NO_HEADER),
        (b"\xd0\xcf\x11\xe0 old workbook", FileProblem.OLD_EXCEL),
        (b"PK\x03\x04 not a workbook", FileProblem.BROKEN_WORKBOOK),
        (b"%PDF-1.7\n\x00\x01", FileProblem.NOT_TEXT),
        (b"email\n" + b"a" * MAX_BYTES, FileProblem.TOO_LARGE),
        (b"email\n" + b"a@b.fr\n" * (MAX_LINES + 1), FileProblem.TOO_MANY_LINES),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(data: bytes, problem: FileProblem) -> None:
    assert refusal(data) is problem


def test_one_damaged_byte_does_not_spoil_the_accents_of_the_others() -> None:
    data = "email,nom\na@exemple.fr,Éloïse Lefèvre\n".encode() + b"b@exemple.fr,Ana\xefs\n"
    parsed = parse_people(data)
    assert [r.name for r in parsed.rows] == ["Éloïse Lefèvre", "Ana\ufffds"]
    assert [(r.number, r.why) for r in parsed.remarks] == [(3, Why.DAMAGED_NAME)]


def test_a_consent_is_taken_only_with_its_words_its_language_and_its_time() -> None:
    parsed = parse("consents.csv")
    by_key = {r.key: r for r in parsed.rows}
    proof, photos = by_key["yes@example.org"].consents
    assert (proof.purpose, proof.wording) == ("invitations", "Tell me about meetups near me.")
    assert (proof.version, proof.locale, proof.source) == ("v2", "en", "import:form 7")
    assert proof.at == datetime(2026, 1, 31, 17, 5, tzinfo=UTC)
    assert photos.purpose == "photos"
    assert not any(r.consents for key, r in by_key.items() if key != "yes@example.org")
    assert [(r.number, r.why, r.value) for r in parsed.remarks] == [
        (4, Why.CONSENT_INCOMPLETE, "consent_at"),
        (5, Why.CONSENT_INCOMPLETE, "consent_wording"),
        (6, Why.CONSENT_WITHDRAWN, "2026-02-02"),
    ]
    assert (FileNote.MARKETING_IGNORED, "newsletter") in parsed.notes


def test_dates_that_could_be_two_days_are_left_out_and_said() -> None:
    parsed = parse_text("Email,Joined\na@example.org,03/04/2026\nb@example.org,05/06/2026\n")
    assert [r.joined_on for r in parsed.rows] == [None, None]
    assert parsed.notes == [(FileNote.DATES_UNCLEAR, "Joined")]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T18:04:11Z", datetime(2026, 3, 2, 18, 4, 11, tzinfo=UTC)),
        ("2026-03-02 18:04:11.5 +02:00", datetime(2026, 3, 2, 16, 4, 11, tzinfo=UTC)),
        ("02/03/2026 à 18h04", datetime(2026, 3, 2, 18, 4, tzinfo=UTC)),
        ("2.3.26", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2 mars 2026", datetime(2026, 3, 2, tzinfo=UTC)),
        ("lundi 1er juin 2026 18:00", datetime(2026, 6, 1, 18, tzinfo=UTC)),
        ("14 juil. 2026", datetime(2026, 7, 14, tzinfo=UTC)),
        ("Sep 26, 2026 7:05 PM", datetime(2026, 9, 26, 19, 5, tzinfo=UTC)),
        ("Monday, March 2, 2026 12:30 AM", datetime(2026, 3, 2, 0, 30, tzinfo=UTC)),
        ("31/02/2026", None),
        ("hier", None),
        ("", None),
    ],
)
def test_dates_as_people_and_tools_write_them(text: str, moment: datetime | None) -> None:
    assert read_moment(text, day_first=True) == moment


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("  Zoe.Roy@Exemple.FR ", "Zoe.Roy@exemple.fr"),
        ("mailto:zoe@exemple.fr", "zoe@exemple.fr"),
        ("Zoé Roy <zoe@exemple.fr>", "zoe@exemple.fr"),
        ("zoe@exemple.fr;", "zoe@exemple.fr"),
        ("\u200bzoe@exemple.fr\u00a0", "zoe@exemple.fr"),
        ("o'brien+list@exemple.fr", "o'brien+list@exemple.fr"),
        ("zoe@élan.fr", "zoe@élan.fr"),
    ],
)
def test_addresses_are_tidied_and_the_local_part_stays_as_typed(text: str, address: str) -> None:
    assert read_email(text) == address


@pytest.mark.parametrize(
    ("text", "locale"),
    [("fr-FR", "fr"), ("Français", "fr"), ("EN", "en"), ("English", "en"), ("de", ""), ("", "")],
)
def test_languages(text: str, locale: str) -> None:
    assert read_locale(text) == locale


def test_words_inside_quotation_marks_in_a_name_are_no_error() -> None:
    parsed = parse_text(
        'email;nom\na@exemple.fr;Jo "le chef" Roy\nb@exemple.fr;"Jo" Roy\nc@exemple.fr;"Roy, ""Jo"""\n'
    )
    assert [r.name for r in parsed.rows] == ['Jo "le chef" Roy', "Jo Roy", 'Roy, "Jo"']


def test_a_list_of_50_000_people_is_read_in_seconds() -> None:
    header = "Prénom;Nom;Adresse e-mail;Ville;Date d’inscription;Référence\n"
    lines = "".join(
        f"Éloïse;Lefèvre-Nguyễn;Prenom.Nom{i}@exemple{i % 300}.fr;Nantes;1{i % 10}/02/2026;{i}\n"
        for i in range(MAX_LINES)
    )
    begin = time.process_time()
    parsed = parse_text(header + lines)
    assert len(parsed.rows) == MAX_LINES
    assert time.process_time() - begin < 6


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_it_fall(data: bytes) -> None:
    with suppress(FileRefusal):
        parse_people(data)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"email,nom\n", b"E-mail;Nom;Ville\r\n", b"\xef\xbb\xbfMail\tNom\n"]),
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_under_a_good_header_make_it_fall(data: bytes, header: bytes) -> None:
    with suppress(FileRefusal):
        parsed = parse_people(header + data)
        assert parsed.lines >= len(parsed.rows) + len(parsed.refused)


letters = st.characters(codec="cp1252", categories=["L", "N", "Pd"])
words = st.text(letters | st.sampled_from("’' ,;\t\"\n"), max_size=30)
locals_ = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9]{1,10})?", fullmatch=True)


@given(
    st.lists(st.tuples(locals_, words, words), min_size=1, max_size=8, unique_by=lambda person: person[0]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(
    people: list[tuple[str, str, str]], separator: str, encoding: str, ending: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=ending)
    writer.writerow(["Adresse e-mail", "Nom complet", "Ville"])
    writer.writerows((f"{local}@exemple.fr", name, city) for local, name, city in people)
    parsed = parse_people(out.getvalue().encode(encoding))
    assert not parsed.refused
    assert [(r.email, r.name, r.city) for r in parsed.rows] == [
        (f"{local}@exemple.fr", " ".join(name.split()), " ".join(city.split()))
        for local, name, city in people
    ]


@given(st.text(st.sampled_from('ab",\n '), max_size=60))
@settings(max_examples=300, deadline=None)
def test_every_written_line_is_accounted_for(text: str) -> None:
    try:
        lines = list(read_lines(text, ",", 2))
    except FileRefusal:
        return
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
