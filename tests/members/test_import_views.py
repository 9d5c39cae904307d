"""Importing people in the admin pages: choose, check, import, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.audit import AuditEntry
from app.clock import now
from app.db import db
from app.jobs import run
from app.members.models import Member
from app.members.models_import import ImportStash
from app.members.queries import find_member
from tests.client import Client, text_of

FILES = Path(__file__).parent / "files"
PAGE = "/admin/import"


def send(client: Client, name: str, data: bytes | None = None) -> str:
    """Upload a file and return the address of its preview, or the page with the error."""
    content = (FILES / name).read_bytes() if data is None else data
    fields = client.csrf(PAGE) | {"file": (BytesIO(content), name)}
    response = client.post(PAGE, data=fields, content_type="multipart/form-data")
    response.request.environ["wsgi.input"].close()  # a large upload is a temporary file
    return response.location or response.text


def stashes() -> int:
    return db.session.scalar(sa.select(sa.func.count(ImportStash.id))) or 0


@pytest.mark.parametrize("who", ["fan", "cm", "marketer"])
def test_only_administrators_import_people(
    who: str, request: pytest.FixtureRequest, as_member: Callable[..., Client]
) -> None:
    client = as_member(request.getfixturevalue(who))
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/1/refused.csv", f"{PAGE}/done"):
        assert client.get(path).status_code == 403
    assert client.post(f"{PAGE}/1").status_code in (400, 403)


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_file_is_looked_at_before_anything_changes(as_admin: Client, lang: str) -> None:
    preview = send(as_admin, "refused_lines.csv")
    page = text_of(as_admin.get(f"{preview}?lang={lang}").text)
    assert "lea@exemple.fr" in page
    assert "anais.exemple.fr" in page
    assert find_member("lea@exemple.fr") is None
    if lang == "en":
        assert "Import 3 people" in page
        assert "No consent is imported" in page
        assert "Line 14" not in page
        assert "Lines refused11" in page


def test_an_import_is_confirmed_and_the_file_forgotten(as_admin: Client, admin: Member) -> None:
    preview = send(as_admin, "excel_fr.csv")
    response = as_admin.post(preview, data=as_admin.csrf(preview))
    assert response.location == f"{PAGE}/done"
    assert find_member("jose@exemple.fr") is not None
    assert stashes() == 0
    assert "New people2" in text_of(as_admin.get(f"{PAGE}/done?lang=en").text)
    assert as_admin.get(preview).status_code == 404


def test_a_file_confirmed_in_two_tabs_at_once_is_imported_once_and_both_are_told(
    as_admin: Client, admin: Member, as_member: Callable[..., Client]
) -> None:
    preview = send(as_admin, "excel_fr.csv")
    other_tab = as_member(admin)
    tokens = [tab.csrf(preview) for tab in (as_admin, other_tab)]
    overtaken: list[TestResponse] = []
    waiting = [other_tab]

    def overtake(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # The other tab is faster, just before this one reads the file.
        if "import_stashes" in statement and "content" in statement and waiting:
            overtaken.append(waiting.pop().post(preview, data=tokens[1]))

    sa.event.listen(db.engine, "before_cursor_execute", overtake)
    slower = as_admin.post(f"{preview}?lang=en", data=tokens[0])
    sa.event.remove(db.engine, "before_cursor_execute", overtake)
    assert slower.location == f"{PAGE}/done"
    assert overtaken[0].location == f"{PAGE}/done"
    assert "imported already" in as_admin.get(f"{PAGE}/done?lang=en").text
    assert db.session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "members.import")) == 1


def test_giving_up_a_file_that_was_imported_meanwhile_says_that_it_is_gone(as_admin: Client) -> None:
    preview = send(as_admin, "excel_fr.csv")
    token = as_admin.csrf(preview)
    as_admin.post(preview, data=token)
    gone = as_admin.post(f"{preview}/forget?lang=en", data=token)
    assert (gone.status_code, "Choose it again." in text_of(gone.text)) == (404, True)


def test_importing_again_says_that_there_is_nothing_to_import(as_admin: Client) -> None:
    for _time in range(2):
        preview = send(as_admin, "hi_events_fr.csv")
        as_admin.post(preview, data=as_admin.csrf(preview))
    preview = send(as_admin, "hi_events_fr.csv")
    assert "Nothing to import" in text_of(as_admin.get(f"{preview}?lang=en").text)


def test_consents_that_are_noted_already_are_not_called_unproved(as_admin: Client) -> None:
    preview = send(as_admin, "consents.csv")
    assert "2 consents are proved by the file" in text_of(as_admin.get(f"{preview}?lang=en").text)
    as_admin.post(preview, data=as_admin.csrf(preview))
    preview = send(as_admin, "consents.csv")
    assert "No consent is added" in text_of(as_admin.get(f"{preview}?lang=en").text)


def test_an_import_can_be_given_up(as_admin: Client) -> None:
    preview = send(as_admin, "excel_fr.csv")
    assert stashes() == 1
    assert as_admin.post(f"{preview}/forget", data=as_admin.csrf(preview)).location == PAGE
    assert stashes() == 0
    assert find_member("jose@exemple.fr") is None


def test_a_forged_confirmation_imports_nothing(as_admin: Client) -> None:
    preview = send(as_admin, "excel_fr.csv")
    as_admin.post(preview)
    assert find_member("jose@exemple.fr") is None


def test_no_file_is_refused_beside_the_field(as_admin: Client) -> None:
    page = as_admin.post(f"{PAGE}?lang=en", data=as_admin.csrf(PAGE), content_type="multipart/form-data").text
    assert "Choose a file." in text_of(page)


def test_an_unusable_file_is_refused_beside_the_field(as_admin: Client) -> None:
    as_admin.get(f"{PAGE}?lang=en")
    assert "Columns found: Nom, Tel." in text_of(send(as_admin, "list.csv", b"Nom,Tel\nZoe,06\n"))
    assert "larger than 5 MB" in text_of(send(as_admin, "big.csv", b"email\n" + b"a" * 5_000_001))
    assert stashes() == 0


def test_the_preview_of_another_administrator_is_not_shown(
    as_admin: Client, as_member: Callable[..., Client]
) -> None:
    from tests.factories import make_member

    preview = send(as_admin, "excel_fr.csv")
    other = as_member(make_member("Another", "admin"))
    assert other.get(preview).status_code == 404
    assert other.post(preview, data=other.csrf(PAGE)).status_code == 404


def test_the_refused_lines_can_be_downloaded(as_admin: Client) -> None:
    preview = send(as_admin, "refused_lines.csv")
    response = as_admin.get(f"{preview}/refused.csv?lang=en")
    lines = response.data.decode("utf-8-sig").splitlines()
    assert lines[:2] == ["Line,Reason", "3,There is no e-mail address."]
    assert len(lines) == 12
    assert "attachment" in response.headers["Content-Disposition"]


def test_names_from_a_file_are_only_text_on_the_page(as_admin: Client) -> None:
    preview = send(as_admin, "x.csv", b"email,name\na@exemple.fr,<script>alert(1)</script>\n<b>,<i>\n")
    html = as_admin.get(preview).text
    assert "<script>alert" not in html
    assert "<i>" not in html


def test_a_forgotten_upload_is_dropped_after_an_hour(as_admin: Client) -> None:
    send(as_admin, "excel_fr.csv")
    db.session.execute(sa.update(ImportStash).values(created_at=now() - timedelta(hours=2)))
    db.session.commit()
    run("drop-import-uploads", {})
    assert stashes() == 0


def test_the_preview_of_a_large_list_takes_few_statements(as_admin: Client, statements: list[str]) -> None:
    lines = "".join(f"u{i}@exemple.fr,U {i}\n" for i in range(3000))
    preview = send(as_admin, "large.csv", f"email,name\n{lines}".encode())
    statements.clear()
    as_admin.get(preview)
    assert len(statements) < 12
