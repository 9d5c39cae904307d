"""How often a mail was tried, when, and what came of it: in its row, beside it, and on the administrators' page."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import delivery, mail
from app.db import commit, db
from app.mime import Letter
from app.outbox import Message, MessageAttempt, MessageStatus, queue_mail
from tests.client import Client, text_of

AT = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
CODE: dict[str, Any] = {"digits": "000001", "link": "http://localhost/x", "name": "Camille"}


def queue(name: str) -> None:
    queue_mail("members/sign_in_code", to=f"{name}@example.org", key=name, locale="en", **CODE)


class Moody:
    """A transport that does with each letter what its address says."""

    def send(self, letter: Letter) -> None:
        if letter.to.startswith("later"):
            raise OSError("451 later")
        if letter.to.startswith("never"):
            raise mail.Rejected("550 never")
        if letter.to.startswith("dies"):
            raise SystemExit

    def close(self) -> None:
        pass


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "open_transport", Moody)
    monkeypatch.setattr(delivery, "CHECKS", [lambda message: not message.to.startswith("withdrawn")])


def deliver_all(*names: str) -> None:
    """Let each mail be tried, in this order, by a worker that may die of it; then let another find what is left."""
    with time_machine.travel(AT, tick=False) as travel:
        for name in names:
            queue(name)
            commit()
            with contextlib.suppress(SystemExit):
                delivery.deliver()
            db.session.rollback()
        travel.shift(delivery.LEASE + timedelta(seconds=1))
        delivery._free(AT + delivery.LEASE + timedelta(seconds=1))
        commit()


@pytest.mark.parametrize("development", [True, False])
def test_of_a_mail_that_left_only_development_keeps_more_than_its_text(
    app: Flask, moody: None, monkeypatch: pytest.MonkeyPatch, development: bool
) -> None:
    monkeypatch.setitem(app.config, "DEVELOPMENT", development)
    deliver_all("fine", "later")
    fine, later = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert "000001" in fine.text
    assert ("000" in fine.html) is development
    assert "000" in later.html  # it has yet to leave, as it was written


def test_what_came_of_each_try_is_kept_and_one_that_left_needs_no_row_of_its_own(
    each_database: Flask, moody: None
) -> None:
    deliver_all("fine", "later", "never", "withdrawn", "dies")
    messages = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [message.tries for message in messages] == [1] * 5
    kept = {
        message.key: [
            (attempt.started_at, attempt.finished_at, attempt.error) for attempt in message.attempts
        ]
        for message in messages
    }
    assert kept == {
        "fine": [],
        "later": [(AT, AT, "OSError: 451 later")],
        "never": [(AT, AT, "550 never")],
        "withdrawn": [(AT, AT, "dropped")],
        "dies": [(AT, None, "")],
    }
    assert [message.sent_at for message in messages] == [AT, None, None, None, None]
    assert messages[-1].status is MessageStatus.QUEUED


def test_the_page_says_when_each_mail_was_tried_and_what_came_of_it(
    as_admin: Client, app: Flask, moody: None
) -> None:
    deliver_all("fine", "later", "never", "withdrawn", "dies")
    page = text_of(as_admin.get("/admin/outbox?lang=en").text)
    at = "21/11/2026, 18:00"
    for name, result in {
        "fine": f"Sent {at} left",
        "later": f"Waiting {at} OSError: 451 later",
        "never": f"Given up Try again {at} 550 never",
        "withdrawn": f"Not allowed to leave {at} Not allowed to leave",
        "dies": f"Waiting {at} cut short",
    }.items():
        row = " ".join(page.partition(f"{name}@example.org")[2].split()).replace("\u00a0", " ")
        assert row.removeprefix(f"{at} ").startswith(result), row[:150]


def test_the_tries_that_were_rows_are_counted_and_become_rows_again(
    each_database: Flask, moody: None
) -> None:
    deliver_all("fine", "later")
    db.session.remove()
    downgrade(revision="0011")
    rows = sa.text("SELECT m.key, a.error FROM message_attempts a JOIN messages m ON m.id = a.message_pk")
    with db.engine.begin() as connection:
        assert sorted(map(tuple, connection.execute(rows))) == [("fine", ""), ("later", "OSError: 451 later")]
        again = (
            "INSERT INTO message_attempts (message_pk, started_at, error) SELECT id, due_at, '' FROM messages"
        )
        connection.execute(sa.text(f"{again} WHERE key = 'later'"))
    upgrade()
    messages = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert {message.key: message.tries for message in messages} == {"fine": 0, "later": 2}
    assert len(db.session.scalars(sa.select(MessageAttempt)).all()) == 2, "of what left, its own row says so"
