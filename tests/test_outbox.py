"""Mail leaves once, whatever happens to the worker: against a real SMTP server, with workers that are killed."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.message import EmailMessage
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app import delivery, mail, outbox
from app.clock import now
from app.db import commit, db
from app.events.actions_mails import mail_code
from app.events.models import Event, RsvpStatus
from app.i18n import force_locale
from app.members.actions_codes import issue_code
from app.members.actions_privacy import erase_member
from app.members.actions_sign_in import send_sign_in_code
from app.members.jobs_codes import drop_codes
from app.members.models import EmailCode, Member
from app.mime import Letter
from app.outbox import Message, MessageAttempt, MessageStatus, queue_mail
from tests.client import Client, run_jobs, text_of
from tests.conftest import make_app
from tests.factories import make_rsvp
from tests.services import SmtpSink


@pytest.fixture
def smtp_app(app: Flask, smtp_sink: SmtpSink) -> Any:
    """The application, sending through the SMTP server that the test started."""
    kept = app.config["MAIL"], app.config["SMTP_URL"]
    app.config.update(MAIL="smtp", SMTP_URL=f"smtp://{smtp_sink.host}:{smtp_sink.port}")
    yield app
    app.config.update(MAIL=kept[0], SMTP_URL=kept[1])


CODE: dict[str, Any] = {"digits": "000001", "link": "http://localhost/x", "name": "Camille"}


def queue(number: int = 1, to: str = "camille@example.org") -> None:
    """Queue a real mail: a sign-in code."""
    context = CODE | {"digits": f"{number:06d}"}
    queue_mail("members/sign_in_code", to=to, key=f"test:{number}", locale="fr", **context)


def statuses() -> list[str]:
    return [status.value for status in db.session.scalars(sa.select(Message.status).order_by(Message.id))]


def test_a_mail_reaches_the_server_with_text_html_and_its_own_id(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    queue()
    assert run_jobs() == 1
    (received,) = smtp_sink.messages
    assert received["To"] == "camille@example.org"
    assert received["Content-Language"] == "fr"
    assert [part.get_content_type() for part in received.iter_parts()] == ["text/plain", "text/html"]
    assert "000001" in str(received.get_body(("plain",)))
    assert received["Message-ID"] == db.session.scalars(sa.select(Message.message_id)).one()
    assert statuses() == ["sent"]


def test_a_mails_own_id_is_of_the_senders_domain(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAIL_FROM", "bonjour@maison.example")
    queue()
    assert db.session.scalars(sa.select(Message.message_id)).one().endswith("@maison.example>")


def test_the_same_cause_queues_one_mail(smtp_app: Flask, smtp_sink: SmtpSink) -> None:
    for _ in range(3):
        queue()
    run_jobs()
    delivery.deliver()
    assert len(smtp_sink.messages) == 1


def test_a_delivery_that_waits_for_a_worker_is_enough_for_all_that_comes_meanwhile(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    for number in range(3):
        queue(number)
        commit()
    assert run_jobs() == 1
    assert len(smtp_sink.messages) == 3
    queue(3)
    assert run_jobs() == 1, "it no longer waits: the next mail asks for another"
    assert len(smtp_sink.messages) == 4


def test_a_mail_that_comes_while_mails_are_sent_is_sent_too(
    smtp_app: Flask, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queue one when the round has found nothing left: whatever it missed has asked for a round of its own."""
    claim, late = delivery._claim, iter([True])

    def find(at: datetime) -> delivery.Claim | None:
        found = claim(at)
        if found is None and next(late, False):
            queue(2)
            commit()
        return found

    monkeypatch.setattr(delivery, "_claim", find)
    queue(1)
    assert run_jobs() == 2
    assert statuses() == ["sent", "sent"]


def test_a_member_erased_while_their_mail_leaves_leaves_no_words_behind(
    smtp_app: Flask, smtp_sink: SmtpSink, fan: Member
) -> None:
    async def erase(_message: EmailMessage) -> str:
        await asyncio.to_thread(in_its_own_context, smtp_app, erase_fan)
        return "250 kept"

    def erase_fan() -> None:
        erase_member(db.session.get_one(Member, fan_id), now())
        commit()

    fan_id = fan.id
    smtp_sink.answer = erase
    queue_mail("members/sign_in_code", to=str(fan.email), key="x", locale="fr", member_id=fan.id, **CODE)
    run_jobs()
    message = db.session.scalars(sa.select(Message)).one()
    assert (message.to, message.subject, message.text, message.html) == ("", "", "", "")
    assert message.attempts[0].finished_at


def in_its_own_context(app: Flask, act: Callable[[], None]) -> None:
    with app.app_context():
        act()
        db.session.remove()


def test_a_mail_whose_cause_is_rolled_back_never_leaves(smtp_app: Flask, smtp_sink: SmtpSink) -> None:
    queue()
    db.session.rollback()
    assert run_jobs() == 0
    assert smtp_sink.messages == []


def test_a_server_that_says_later_is_tried_again_with_back_off_and_each_attempt_is_kept(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    refusals = iter(["451 later", "451 later"])

    async def answer(_message: EmailMessage) -> str:
        return next(refusals, "250 kept")

    smtp_sink.answer = answer
    with time_machine.travel(now(), tick=False) as travel:
        queue()
        waits = []
        run_jobs()
        while statuses() == ["queued"]:
            due = db.session.scalars(sa.select(Message.due_at)).one()
            waits.append(due - now())
            travel.move_to(due - timedelta(seconds=1))
            delivery.deliver()
            assert len(db.session.scalars(sa.select(MessageAttempt)).all()) == len(waits)
            travel.move_to(due)
            delivery.deliver()
    assert waits == [timedelta(minutes=1), timedelta(minutes=5)]
    assert statuses() == ["sent"]
    message = db.session.scalars(sa.select(Message)).one()
    assert [attempt.error.partition(":")[0] for attempt in message.attempts] == ["OSError", "OSError"]
    assert (message.tries, message.sent_at) == (3, message.due_at), "the third is the one that left"


def test_an_address_that_the_server_refuses_for_good_is_given_up(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    async def answer(_message: EmailMessage) -> str:
        return "550 no such person"

    smtp_sink.answer = answer
    queue()
    run_jobs()
    assert statuses() == ["failed"]
    assert "550" in db.session.scalars(sa.select(MessageAttempt.error)).one()


def test_a_server_that_is_down_loses_nothing(app: Flask) -> None:
    kept = app.config["MAIL"], app.config["SMTP_URL"]
    app.config.update(MAIL="smtp", SMTP_URL="smtp://127.0.0.1:9")
    queue()
    run_jobs()
    app.config.update(MAIL=kept[0], SMTP_URL=kept[1])
    assert statuses() == ["queued"]


def test_a_server_that_is_down_is_asked_once_a_round_and_not_once_a_mail(app: Flask) -> None:
    kept = app.config["MAIL"], app.config["SMTP_URL"]
    app.config.update(MAIL="smtp", SMTP_URL="smtp://127.0.0.1:9")
    for number in range(3):
        queue(number)
    commit()
    delivery.deliver()
    app.config.update(MAIL=kept[0], SMTP_URL=kept[1])
    assert statuses() == ["queued"] * 3
    assert len(db.session.scalars(sa.select(MessageAttempt)).all()) == 1


def test_a_server_that_hangs_up_between_two_mails_is_called_again(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    answers = iter(["250 kept", "421 enough for one connection"])

    async def answer(_message: EmailMessage) -> str:
        return next(answers, "250 kept")

    smtp_sink.answer = answer
    for number in range(4):
        queue(number)
    run_jobs()
    assert statuses() == ["sent", "queued", "sent", "sent"]


def test_a_mail_that_cannot_be_written_is_given_up_and_those_after_it_leave(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    queue(1, to="camille@example.org\nBcc: everybody@example.org")
    queue(2)
    run_jobs()
    assert statuses() == ["failed", "sent"]
    assert [message["To"] for message in smtp_sink.messages] == ["camille@example.org"]


LOSS = {
    "sqlite": "SELECT nothing",
    "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
}


def test_a_database_that_fails_before_a_mail_leaves_is_no_fault_of_the_mail(
    each_database: Flask, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([LOSS[db.engine.dialect.name]])

    def lose(_message: Message) -> bool:
        for statement in losses:
            db.session.execute(sa.text(statement))
        return True

    each_database.config.update(MAIL="smtp", SMTP_URL=f"smtp://{smtp_sink.host}:{smtp_sink.port}")
    monkeypatch.setattr(delivery, "CHECKS", [lose])
    queue()
    run_jobs()
    assert statuses() == ["queued"]
    error = db.session.scalars(sa.select(MessageAttempt.error)).one()
    assert error.startswith("OperationalError")
    assert "SELECT" not in error, "a statement may hold what the mail says"
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        delivery.deliver()
    assert statuses() == ["sent"]
    assert len(smtp_sink.messages) == 1


def test_a_pool_whose_connections_are_all_taken_is_no_fault_of_the_mail(
    smtp_app: Flask, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = iter(["busy"])

    def take_all(_message: Message) -> bool:
        for _ in rounds:
            with ExitStack() as others:
                for _ in range(100):
                    others.enter_context(db.engine.connect())
        return True

    monkeypatch.setattr(db.engine.pool, "_timeout", 0.01)
    monkeypatch.setattr(delivery, "CHECKS", [take_all])
    queue()
    run_jobs()
    assert statuses() == ["queued"]
    assert (
        db.session.scalars(sa.select(MessageAttempt.error)).one().startswith("TimeoutError: QueuePool limit")
    )
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        delivery.deliver()
    assert statuses() == ["sent"]
    assert len(smtp_sink.messages) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_lost_while_a_mail_leaves_is_told_afterwards_that_it_left(
    each_database: Flask, smtp_sink: SmtpSink
) -> None:
    async def lose(_message: EmailMessage) -> str:
        await asyncio.to_thread(in_its_own_context, each_database, lose_all)
        return "250 kept"

    def lose_all() -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        mine = " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        db.session.execute(sa.text(others + mine))

    each_database.config.update(MAIL="smtp", SMTP_URL=f"smtp://{smtp_sink.host}:{smtp_sink.port}")
    smtp_sink.answer = lose
    queue()
    run_jobs()
    assert statuses() == ["sent"]
    assert len(smtp_sink.messages) == 1


def test_a_mail_whose_words_cannot_be_kept_leaves_once(smtp_app: Flask, smtp_sink: SmtpSink) -> None:
    let_the_database_refuse("NEW.text <> ''")
    queue()
    run_jobs()
    with time_machine.travel(now() + 2 * delivery.LEASE, tick=False):
        delivery.deliver()
    assert len(smtp_sink.messages) == 1
    message = db.session.scalars(sa.select(Message)).one()
    assert (message.status, message.claimed_until) == (MessageStatus.SENT, None)
    assert message.sent_at
    assert message.attempts[0].finished_at
    assert message.attempts[0].error.startswith("IntegrityError")


def let_the_database_refuse(rows: str) -> None:
    """Let the database refuse what becomes of some messages, as PostgreSQL does with a text too long."""
    trigger = "CREATE TRIGGER refuse BEFORE UPDATE ON messages WHEN {} BEGIN SELECT RAISE(ABORT, 'no'); END"
    db.session.execute(sa.text(trigger.format(rows)))
    commit()


def test_a_subject_that_is_too_long_is_cut(app: Flask, event: Event) -> None:
    event.title = "Apéro " * 60
    context: dict[str, Any] = {"event": event, "name": "Camille", "link": "http://localhost/x"}
    with force_locale("en"):
        subject, _text, _html = mail.render("events/event_cancelled", **context)
    assert subject.startswith("Cancelled: Apéro Apéro ")
    assert subject.endswith("…")
    assert 240 < len(subject) <= mail.LONGEST_SUBJECT == 250


def test_a_mail_that_ends_each_worker_that_sends_it_is_given_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    def leave_and_die(letter: Letter) -> None:
        sent.append(letter)
        raise SystemExit

    transport = mail.ConsoleTransport()
    monkeypatch.setattr(transport, "send", leave_and_die)
    monkeypatch.setattr(mail, "open_transport", lambda: transport)
    queue()
    commit()
    with time_machine.travel(now(), tick=False) as travel:
        for _ in range(20):
            with contextlib.suppress(SystemExit):
                delivery.deliver()
            db.session.rollback()
            travel.shift(delivery.LEASE + timedelta(seconds=1))
    assert statuses() == ["failed"]
    assert len(sent) == len(delivery.WAITS) + 1, "as often as one that a server puts off"


@pytest.mark.parametrize("answer", ["250 kept", "451 later", "550 no such person"])
def test_a_worker_that_hung_longer_than_its_lease_leaves_the_mail_to_the_one_that_has_it(
    smtp_app: Flask, smtp_sink: SmtpSink, answer: str
) -> None:
    later = now() + 2 * delivery.LEASE

    async def hang(_message: EmailMessage) -> str:
        await asyncio.to_thread(in_its_own_context, smtp_app, take_over)
        return answer

    def take_over() -> None:
        delivery._free(later)
        assert delivery._claim(later)
        commit()

    smtp_sink.answer = hang
    queue()
    run_jobs()
    message = db.session.scalars(sa.select(Message)).one()
    assert (message.status, message.sent_at) == (MessageStatus.SENDING, None)
    assert message.claimed_until == later + delivery.LEASE
    assert message.tries == 2
    hung, woke = message.attempts
    assert (hung.finished_at, bool(woke.finished_at)) == (None, True)
    assert hung.started_at == woke.started_at, (
        "one try: cut short, as it seemed, and what came of it after all"
    )
    assert woke.error.endswith("" if answer.startswith("250") else answer)


def test_a_subject_says_a_title_as_it_was_written(app: Flask, event: Event) -> None:
    event.title = "R&amp;D &#10;Bcc: everybody@example.org"
    context: dict[str, Any] = {"event": event, "name": "Camille", "link": "http://localhost/x"}
    with force_locale("en"):
        subject, _text, _html = mail.render("events/event_cancelled", **context)
    assert subject == f"Cancelled: {event.title}"


def test_a_check_that_says_no_drops_the_mail(smtp_app: Flask, smtp_sink: SmtpSink, fan: Member) -> None:
    outbox.CHECKS.append(lambda message: not message.to.startswith("erased"))
    queue(to="erased@example.org")
    run_jobs()
    outbox.CHECKS.pop()
    assert statuses() == ["dropped"]
    assert smtp_sink.messages == []


def test_files_are_named_by_message_so_that_sending_twice_writes_once(app: Flask) -> None:
    queue()
    run_jobs()
    message = db.session.scalars(sa.select(Message)).one()
    mail.open_transport().send(mail.compose(message))
    assert len(list((app.config["INSTANCE"] / "mail").glob("*.eml"))) >= 1
    name = message.message_id.strip("<>").partition("@")[0]
    assert (app.config["INSTANCE"] / "mail" / f"{name}.eml").exists()


def work(folder: Path, smtp_url: str) -> None:
    app = make_app(folder)
    app.config.update(MAIL="smtp", SMTP_URL=smtp_url)
    with app.app_context():
        app.test_cli_runner().invoke(args=["worker"])


def worker(app: Flask) -> BaseProcess:
    """Start a real worker on the test’s database."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.racing"])
    process = context.Process(target=work, args=(app.config["INSTANCE"], app.config["SMTP_URL"]))
    process.start()
    return process


def wait_for(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_worker_killed_while_sending_loses_no_mail_and_sends_none_twice(
    smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    """Kill -9 the worker five times at the worst moment: when the server has just accepted a mail."""
    mails, kills = 30, 5

    async def slow(_message: EmailMessage) -> str:
        await asyncio.sleep(0.02)
        return "250 kept"

    smtp_sink.answer = slow
    for number in range(mails):
        queue(number, f"fan{number}@example.org")
    commit()
    for round_number in range(1, kills + 1):
        process = worker(smtp_app)
        wanted = round_number * 3
        wait_for(lambda wanted=wanted: len(smtp_sink.messages) >= wanted)
        process.kill()
        process.join()
        # What the dead worker had claimed is another's once its lease is over.
        db.session.execute(
            sa.update(Message)
            .where(Message.status == MessageStatus.SENDING)
            .values(claimed_until=now() - timedelta(seconds=1))
        )
        commit()
    delivery.deliver()
    received = Counter(message["Message-ID"] for message in smtp_sink.messages)
    twice = [message_id for message_id, times in received.items() if times > 1]
    assert len(received) == mails
    assert set(statuses()) == {"sent"}
    # Killed between the server's "250" and our commit, SMTP cannot tell: at most one mail a kill, same Message-ID.
    assert len(twice) <= kills
    sys.stdout.write(f"{mails} mails, {kills} kills: {len(twice)} arrived twice\n")


def test_every_attempt_is_visible_to_administrators_alone(
    as_admin: Client, as_cm: Client, app: Flask
) -> None:
    queue()
    run_jobs()
    page = text_of(as_admin.get("/admin/outbox").text)
    assert "camille@example.org" in page
    assert "Envoyé" in page
    assert as_cm.get("/admin/outbox").status_code == 403


def test_a_mail_that_was_given_up_can_be_sent_again(
    as_admin: Client, smtp_app: Flask, smtp_sink: SmtpSink
) -> None:
    async def refuse(_message: EmailMessage) -> str:
        return "550 no such person"

    smtp_sink.answer = refuse
    queue()
    run_jobs()
    smtp_sink.answer = None
    message_id = db.session.scalars(sa.select(Message.id)).one()
    data = as_admin.csrf("/admin/outbox")
    as_admin.post(f"/admin/outbox/{message_id}/retry", data=data)
    run_jobs()
    assert statuses() == ["sent"]


def test_after_thirty_days_nothing_is_kept_of_what_was_said_and_to_whom(app: Flask) -> None:
    queue()
    run_jobs()
    queue(2)
    commit()
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        outbox.scrub()
    first, waiting = db.session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert (first.to, first.subject, first.text, first.html) == ("", "", "", "")
    assert first.sent_at is not None
    assert waiting.to == "camille@example.org", "what has not left yet keeps its words"


def test_codes_are_forgotten_a_day_after_they_stop_working(app: Flask, fan: Member) -> None:
    issue_code(fan, "sign-in", "", now())
    commit()
    drop_codes()
    assert db.session.scalar(sa.select(sa.func.count(EmailCode.id))) == 1
    with time_machine.travel(now() + timedelta(days=3), tick=False):
        drop_codes()
    assert db.session.scalar(sa.select(sa.func.count(EmailCode.id))) == 0


def test_who_asks_once_all_codes_are_forgotten_is_written_to_all_the_same(
    app: Flask, fan: Member, event: Event
) -> None:
    # SQLite numbers the codes from one again, while the outbox remembers each mail by its key.
    rsvp = make_rsvp(event, fan, RsvpStatus.HELD)
    for days in range(0, 9, 3):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            drop_codes()
            assert fan.email
            send_sign_in_code(fan.email, "", "fr", now())
            mail_code(rsvp, now())
            commit()
    sent = Counter(db.session.scalars(sa.select(Message.template)))
    assert sent == {"members/sign_in_code": 3, "events/confirm_seat": 3}
