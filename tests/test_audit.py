"""The journal of what staff did is read in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import audit
from app.db import db
from app.members.models import Member
from tests.client import Client, text_of

APP = Path(__file__).parent.parent / "app"


def test_every_action_that_is_written_down_has_words() -> None:
    code = "".join(path.read_text() for path in APP.rglob("*.py"))
    written = set(re.findall(r"""(?:\brecord\(\s*|AUDIT_ACTION = )"([a-z-]+\.[a-z-]+)\"""", code))
    assert written == set(audit.DEEDS)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "published an event"), ("fr", "a publié une rencontre")]
)
def test_the_journal_shows_words_and_no_codes(
    as_admin: Client, admin: Member, language: str, words: str
) -> None:
    audit.record("event.publish", "event:12", admin.id)
    db.session.commit()
    page = text_of(as_admin.get(f"/admin/audit?lang={language}").text)
    assert f"Ada Martin {words}" in page
    assert "event.publish" not in page


def test_an_action_without_words_is_shown_by_its_code(as_admin: Client, admin: Member) -> None:
    audit.record("door.paint", "door:1", admin.id)
    db.session.commit()
    assert "door.paint" in as_admin.get("/admin/audit").text
