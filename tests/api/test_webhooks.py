"""Webhooks: told in the same transaction, signed, sent once, tried again, never into our own network."""

from __future__ import annotations

import contextvars
import hashlib
import hmac
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app import jobs
from app.api import actions_sending, jobs_webhooks
from app.api.actions_webhooks import claim_delivery, create_webhook, forget_deliveries, replay
from app.api.models_webhooks import Delivery, DeliveryStatus, Webhook
from app.api.rules_webhooks import LEASE, WAITS, is_public, is_target
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.actions_door import ScanIn, record_scans, undo_check_in
from app.events.actions_seats import cancel_rsvp, take_seats
from app.events.models import Event
from app.events.models_door import ScanMethod
from app.happenings import Happening
from app.members.models import Member
from app.tokens import new_link_token
from tests.api.conftest import Opener
from tests.client import Client, text_of
from tests.conftest import make_app
from tests.factories import make_chapter, make_event, make_member

PAGE = "/manage/webhooks/"


class Receiver:
    """A real HTTP server that keeps what it was sent; `statuses` are its next answers, 204 after them."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((dict(self.headers), body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


def listen(member: Member, receiver: Receiver, *kinds: Happening) -> Webhook:
    webhook = create_webhook(member, "CRM", receiver.url, kinds or list(Happening), now())
    commit()
    return webhook


def seat(event: Event, who: Member | None = None) -> Any:
    rsvp = take_seats(event.id, who or make_member(), 1, None, True, "fr", now())
    commit()
    return rsvp


def deliver() -> None:
    """Do what the worker does, in a context of its own."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def work() -> None:
        with app.app_context():
            jobs.run("deliver-webhooks", {})

    commit()
    contextvars.Context().run(work)
    db.session.expire_all()


def told(receiver: Receiver) -> list[tuple[str, dict[str, Any]]]:
    return [((body := json.loads(raw))["kind"], body["data"]) for _headers, raw in receiver.heard]


def test_what_is_sent_is_signed_with_its_time(cm: Member, event: Event, receiver: Receiver) -> None:
    secret = listen(cm, receiver).secret
    seat(event)
    deliver()
    ((headers, body),) = receiver.heard
    stamp, _comma, proof = headers["Terrain-Signature"].partition(",")
    timestamp = int(stamp.removeprefix("t="))
    expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(proof, f"v1={expected}")
    assert abs(time.time() - timestamp) < 60
    assert json.loads(body)["id"] == headers["Terrain-Delivery"]


def test_each_happening_is_told_with_ids_and_states_alone(
    cm: Member, event: Event, receiver: Receiver
) -> None:
    event.capacity, event.starts_at = 1, now() + timedelta(days=7)
    listen(cm, receiver)
    zoe = make_member("Zoé Blanc", email="zoe@example.org")
    first, second = seat(event, zoe), seat(event)
    cancel_rsvp(first.id, now())
    commit()
    deliver()
    assert [(kind, data["rsvp_id"], data["status"]) for kind, data in told(receiver)] == [
        ("rsvp.confirmed", first.id, "confirmed"),
        ("rsvp.cancelled", first.id, "cancelled"),
        ("rsvp.confirmed", second.id, "confirmed"),
        ("rsvp.promoted", second.id, "confirmed"),
    ]
    everything = b"".join(body for _headers, body in receiver.heard).decode()
    assert "Zoé" not in everything
    assert "zoe@example.org" not in everything
    assert json.loads(receiver.heard[0][1])["event"] == event.slug


def test_an_arrival_is_told_once_and_again_after_an_undo(
    cm: Member, event: Event, receiver: Receiver
) -> None:
    event.starts_at = now()
    rsvp = seat(event)
    listen(cm, receiver, Happening.CHECK_IN)

    def scan() -> None:
        at = now()
        heard = ScanIn(new_link_token(), rsvp.tickets[0].digest, ScanMethod.CAMERA, at, event.code)
        record_scans(event, "test", [heard], cm, at)
        commit()

    scan()
    scan()
    deliver()
    ((kind, data),) = told(receiver)
    assert (kind, data["rsvp_id"], data["party_size"]) == ("check-in", rsvp.id, 1)
    undo_check_in(data["check_in_id"], cm, now())
    commit()
    scan()
    deliver()
    assert len(receiver.heard) == 2


def test_only_who_asked_for_a_kind_and_runs_the_chapter_is_told(
    cm: Member, outsider: Member, admin: Member, marketer: Member, event: Event, receiver: Receiver
) -> None:
    mine, all_of_them = listen(cm, receiver, Happening.RSVP_CONFIRMED), listen(admin, receiver)
    listen(outsider, receiver)
    listen(marketer, receiver)
    listen(cm, receiver, Happening.CHECK_IN)
    seat(event)
    assert set(db.session.scalars(sa.select(Delivery.webhook_id))) == {mine.id, all_of_them.id}


def test_what_is_rolled_back_is_not_told(cm: Member, event: Event, receiver: Receiver) -> None:
    listen(cm, receiver)
    who, event_id = make_member(), event.id
    take_seats(event_id, who, 1, None, True, "fr", now())
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 0


def test_where_nobody_listens_no_statement_asks_who_does(event: Event, statements: list[str]) -> None:
    rsvps = [seat(event), seat(event)]
    commit()
    statements.clear()
    for rsvp in rsvps:
        cancel_rsvp(rsvp.id, now())
    asked = [statement for statement in statements if "webhooks" in statement]
    assert len(asked) == 2, asked  # that anybody does stands in a statement of each seat's transaction
    assert all("FROM events" in statement for statement in asked)
    commit()


def test_what_fails_is_tried_again_and_given_up(cm: Member, event: Event, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 404]
    listen(cm, receiver)
    seat(event)
    row = db.session.scalars(sa.select(Delivery)).one()
    for number, wait in enumerate(WAITS[:3]):
        before = now()
        deliver()
        db.session.expire_all()
        assert (row.status, row.tries, row.answer) == (
            DeliveryStatus.QUEUED, number + 1, ["500", "302", "404"][number],
        )  # fmt: skip
        assert before + wait <= row.due_at <= now() + wait
        deliver()  # nothing is due
        assert len(receiver.heard) == number + 1
        row.due_at = now()
        commit()
    row.tries, receiver.statuses = len(WAITS), [503]
    commit()
    deliver()
    db.session.expire_all()
    assert row.status == DeliveryStatus.FAILED


def test_a_receiver_that_is_down_keeps_no_other_waiting(cm: Member, event: Event, receiver: Receiver) -> None:
    down = create_webhook(cm, "down", "http://127.0.0.1:9/", list(Happening), now())
    up = listen(cm, receiver)
    for _ in range(3):
        seat(event)
    deliver()
    tries = {(row.webhook_id, row.tries) for row in db.session.scalars(sa.select(Delivery))}
    assert tries == {(down.id, 1), (down.id, 0), (up.id, 1)}
    assert len(receiver.heard) == 3


def test_who_lost_the_chapter_or_ended_the_webhook_is_told_nothing_more(
    cm: Member, event: Event, receiver: Receiver
) -> None:
    webhook = listen(cm, receiver)
    seat(event)
    webhook.ended_at = now()
    commit()
    deliver()
    webhook.ended_at = None
    seat(event)
    event.chapter.managers = []
    commit()
    deliver()
    db.session.expire_all()
    assert {row.status for row in db.session.scalars(sa.select(Delivery))} == {DeliveryStatus.DROPPED}
    assert receiver.heard == []


def test_what_was_told_is_told_again_in_the_same_words(
    as_cm: Client, as_outsider: Client, cm: Member, event: Event, receiver: Receiver
) -> None:
    webhook = listen(cm, receiver)
    seat(event)
    deliver()
    page = f"{PAGE}{webhook.id}"
    assert "204" in text_of(as_cm.get(page).text)
    number = db.session.scalars(sa.select(Delivery.id)).one()
    path = f"{page}/deliveries/{number}/replay"
    assert as_outsider.post(path, data=as_outsider.csrf(PAGE)).status_code == 404
    assert as_cm.post(path, data=as_cm.csrf(page)).status_code == 302
    deliver()
    first, second = receiver.heard
    assert first[1] == second[1]
    assert first[0]["Terrain-Delivery"] == second[0]["Terrain-Delivery"]


def test_a_webhook_is_set_up_and_ended_on_its_page(as_cm: Client, cm: Member, event: Event) -> None:
    fields = {"name": "CRM", "url": "https://crm.example.org/hook", "kinds": ["check-in", "response"]}
    answer = as_cm.post(PAGE, data=fields | as_cm.csrf(PAGE))
    row = db.session.scalars(sa.select(Webhook)).one()
    assert row.secret in answer.text
    assert row.secret not in as_cm.get(PAGE).text + as_cm.get(f"{PAGE}{row.id}").text
    assert as_cm.post(f"{PAGE}{row.id}/end", data=as_cm.csrf(PAGE)).status_code == 302
    assert db.session.scalars(sa.select(Webhook.ended_at)).one()


def test_an_address_that_cannot_be_one_is_refused_beside_its_field(as_cm: Client, cm: Member) -> None:
    fields = {"name": "CRM", "url": "ftp://example.org", "kinds": ["check-in"]}
    answer = as_cm.post(PAGE, data=fields | as_cm.csrf(PAGE))
    assert "https://" in text_of(answer.text)
    assert db.session.scalar(sa.select(sa.func.count(Webhook.id))) == 0
    with pytest.raises(Refusal, match="kinds"):
        create_webhook(cm, "CRM", "https://example.org", ["everything"], now())


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://example.org/hook?a=1", True),
        ("https://8.8.8.8/", True),
        ("http://example.org/", False),
        ("https://user:secret@example.org/", False),
        ("https://localhost/", False),
        ("https://db/", False),
        ("https://printer.local/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://10.0.0.8/", False),
        ("https://169.254.169.254/", False),
        ("https://example.org:99999/", False),
        ("https://example.org/\r\nX: y", False),
        ("https://[nonsense/", False),
        ("file:///etc/passwd", False),
    ],
)
def test_in_production_a_webhook_is_https_and_public(url: str, fits: bool) -> None:
    assert is_target(url, anywhere=False) is fits


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
     "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"],
)  # fmt: skip
def test_no_address_of_our_own_network_is_public(address: str) -> None:
    assert not is_public(["8.8.8.8", address])


def test_a_name_that_leads_into_our_network_is_not_spoken_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = receiver.server.server_port
    resolved = [(2, 1, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: resolved)
    with pytest.raises(actions_sending.NotAllowed):
        actions_sending.post(f"https://example.org:{port}/", b"{}", {}, anywhere=False)
    assert receiver.heard == []


@pytest.mark.parametrize(("scheme", "first"), [("http", b"H"), ("https", b"\x16\x03\x01\x40\x00")])
def test_an_answer_that_never_ends_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, scheme: str, first: bytes
) -> None:
    import socket

    monkeypatch.setattr(actions_sending, "DEADLINE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _address = server.accept()
            with connection:
                try:
                    connection.sendall(first)
                    for _ in range(100):
                        connection.sendall(b"H")
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(OSError, match=r"no HTTP answer|reset|EOF|SSL|WRONG"):
            actions_sending.post(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, anywhere=True)
        thread.join()
    assert time.monotonic() - begun < 4


def test_what_was_told_long_ago_is_forgotten(cm: Member, event: Event, receiver: Receiver) -> None:
    listen(cm, receiver)
    seat(event)
    forget_deliveries(now() + timedelta(days=60))
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 1  # it waits still
    deliver()
    forget_deliveries(now() + timedelta(days=60))
    assert db.session.scalar(sa.select(sa.func.count(Delivery.id))) == 0


def test_a_claim_is_anybodys_once_its_lease_has_ended(cm: Member, event: Event, receiver: Receiver) -> None:
    listen(cm, receiver)
    seat(event)
    assert claim_delivery(now(), ())
    commit()
    assert claim_delivery(now(), ()) is None
    assert claim_delivery(now() + LEASE + timedelta(seconds=1), ())


def _work(folder: Path, url: str) -> None:
    app = make_app(folder, url)
    with app.app_context():
        jobs_webhooks.deliver()


def test_a_worker_killed_while_sending_loses_nothing_and_others_send_nothing_twice(
    each_database: Flask, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    cm = make_member("Inès", "cm")
    event = make_event(make_chapter("Lyon", cm), capacity=50)
    listen(cm, receiver, Happening.RSVP_CONFIRMED)
    for _ in range(12):
        seat(event)
    db.session.remove()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(tmp_path, database_url)) for _ in range(3)]
    for worker in workers:
        worker.start()
    while len(receiver.heard) < 4 and any(worker.is_alive() for worker in workers):
        time.sleep(0.02)
    workers[0].kill()
    for worker in workers:
        worker.join()
    left = sa.update(Delivery).where(Delivery.status == DeliveryStatus.SENDING)
    db.session.execute(left.values(claimed_until=now() - timedelta(seconds=1)))
    commit()
    deliver()
    states = db.session.scalars(sa.select(Delivery.status)).all()
    assert states == [DeliveryStatus.DELIVERED] * 12
    keys = [headers["Terrain-Delivery"] for headers, _body in receiver.heard]
    assert len(set(keys)) == 12
    assert len(keys) <= 13  # the one that was on its way when its worker was killed may have come twice


def test_what_waits_is_not_replayed(cm: Member, event: Event, receiver: Receiver) -> None:
    listen(cm, receiver)
    seat(event)
    row = db.session.scalars(sa.select(Delivery)).one()
    row.tries = 3
    replay(row, now())
    assert row.tries == 3


def test_a_registration_over_the_api_is_told_too(
    program: Opener, cm: Member, fan: Member, event: Event, receiver: Receiver
) -> None:
    listen(cm, receiver, Happening.RSVP_CONFIRMED)
    program(cm).post(f"/events/{event.slug}/rsvps", {"name": "Camille", "email": fan.email})
    deliver()
    assert [kind for kind, _data in told(receiver)] == ["rsvp.confirmed"]
