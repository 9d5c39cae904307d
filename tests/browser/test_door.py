"""The door in a real browser: a camera that sees a QR code, a network that goes away, a second phone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import qrcode
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect
from qrcode.constants import ERROR_CORRECT_M
from werkzeug.serving import make_server

from app.clock import now
from app.db import db
from app.events.models import Chapter, Event, Rsvp, RsvpStatus
from app.events.models_door import CheckIn, Scan, ScanMethod
from app.events.rules_ticket import qr_text
from app.members.models import Member
from tests.client import Client
from tests.factories import make_event, make_member, make_rsvp

pytestmark = pytest.mark.browser

# A camera that films a canvas, on which showCode(rows) draws a QR code and showCode(null) nothing.
CAMERA = """
const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
const paper = canvas.getContext("2d");
let code = null;
setInterval(() => {
  paper.fillStyle = "#8a8a8a";
  paper.fillRect(0, 0, 640, 480);
  code?.forEach((row, y) => row.forEach((dark, x) => {
    paper.fillStyle = dark ? "#111" : "#fff";
    paper.fillRect(180 + x * 8, 100 + y * 8, 8, 8);
  }));
}, 40);
window.showCode = (rows) => { code = rows; };
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(25);
"""
NO_CAMERA = """navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("", "NotAllowedError");
};"""


# The first list comes with its headers, and then no further.
BROKEN_OFF = """const ask = window.fetch;
let broken = false;
window.fetch = async (url, options) => {
  const answer = await ask(url, options);
  if (!broken && String(url).endsWith("/roster")) {
    broken = true;
    answer.json = async () => { throw new DOMException("", "AbortError"); };
  }
  return answer;
};"""


@pytest.fixture
def event(chapter: Chapter) -> Event:
    """An event that began an hour ago."""
    return make_event(chapter, starts_at=now().replace(microsecond=0) - timedelta(hours=1))


@pytest.fixture
def rsvp(event: Event, fan: Member) -> Rsvp:
    return make_rsvp(event, fan, RsvpStatus.CONFIRMED, party_size=2)


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_door(
    server: str, event: Event, rsvp: Rsvp, as_cm: Client, context: BrowserContext
) -> Callable[..., Page]:
    """Return a function that opens the event's door as Inès, in English, with a camera of ours."""
    cookie = as_cm.get_cookie("session")
    assert cookie is not None
    context.add_cookies(
        [
            {"name": "session", "value": cookie.value, "url": server},
            {"name": "lang", "value": "en", "url": server},
        ]
    )
    context.set_default_timeout(15_000)
    address = f"{server}/door/{event.slug}"

    def open_door(camera: str = CAMERA, *, start: bool = True) -> Page:
        page = context.new_page()
        page.add_init_script(camera)
        page.goto(address)
        expect(page.locator("#mode")).to_have_text("Online")
        if start:
            page.get_by_role("button", name="Start the camera").click()
            expect(page.locator("#camera")).to_have_attribute("data-state", "running")
        return page

    return open_door


def show(page: Page, rsvp: Rsvp | None) -> None:
    page.evaluate("rows => showCode(rows)", matrix(rsvp) if rsvp else None)


def matrix(rsvp: Rsvp) -> Any:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(qr_text(rsvp.event.code, rsvp.tickets[0].code))
    return code.get_matrix()


def expect_verdict(page: Page, verdict: str, *words: str) -> None:
    screen = page.locator("#verdict")
    expect(screen).to_have_attribute("data-verdict", verdict)
    expect(screen).to_be_visible()
    for word in words:
        expect(screen).to_contain_text(word)


def count(model: type[Scan] | type[CheckIn]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(model.id))) or 0


def test_a_ticket_is_welcomed_once_and_then_already_in(
    open_door: Callable[..., Page], rsvp: Rsvp, fan: Member
) -> None:
    first = open_door()
    expect(first.locator(".counter")).to_have_text("0 / arrived of 2")
    show(first, rsvp)
    expect_verdict(first, "welcome", "Welcome", fan.display_name, "2 people")
    expect(first.locator(".counter")).to_have_text("2 / arrived of 2")
    expect(first.locator("#mode-more")).to_contain_text("all sent")
    expect(first.locator("#verdict")).to_be_hidden()
    second = open_door()
    show(second, rsvp)
    expect_verdict(second, "already-in", "Already in", fan.display_name, "on phone")
    expect(second.locator("#mode-more")).to_contain_text("all sent")
    assert (count(Scan), count(CheckIn)) == (2, 1)


def test_without_network_people_come_in_and_their_scans_are_sent_once(
    open_door: Callable[..., Page], rsvp: Rsvp, context: BrowserContext
) -> None:
    page = open_door()
    context.set_offline(True)
    expect(page.locator("#mode")).to_have_text("Offline")
    show(page, rsvp)
    expect_verdict(page, "welcome", "Welcome")
    expect(page.locator("#mode-more")).to_contain_text("1 scan to send")
    expect(page.locator(".counter")).to_have_text("2 / arrived of 2")
    assert count(Scan) == 0
    before = now()
    context.set_offline(False)
    expect(page.locator("#mode-more")).to_contain_text("all sent")
    assert (count(Scan), count(CheckIn)) == (1, 1)
    assert db.session.scalars(sa.select(CheckIn.arrived_at)).one() < before, (
        "the time of the scan, not of its sending"
    )


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_nonce(
    open_door: Callable[..., Page], rsvp: Rsvp
) -> None:
    page = open_door()
    calls: list[str] = []

    def lose_first(route: Route) -> None:
        calls.append(route.request.post_data or "")
        if len(calls) > 1:
            return route.continue_()
        route.fetch()  # the server hears it, the phone hears nothing
        return route.abort()

    page.route("**/scans", lose_first)
    show(page, rsvp)
    expect_verdict(page, "welcome")
    expect(page.locator("#mode")).to_have_text("Offline")
    expect(page.locator("#mode-more")).to_contain_text("all sent")
    assert len(calls) == 2
    assert (count(Scan), count(CheckIn)) == (1, 1)


def test_a_list_that_breaks_off_is_asked_for_again_as_a_whole(open_door: Callable[..., Page]) -> None:
    page = open_door(BROKEN_OFF, start=False)
    expect(page.locator(".counter")).to_have_text("0 / arrived of 2")


def test_scans_that_wait_outlive_a_reload(
    open_door: Callable[..., Page], rsvp: Rsvp, context: BrowserContext
) -> None:
    page = open_door()
    page.on("dialog", lambda dialog: dialog.accept())  # “leave this page?”
    page.route("**/scans", lambda route: route.abort())
    show(page, rsvp)
    expect_verdict(page, "welcome")
    expect(page.locator("#mode-more")).to_contain_text("1 scan to send")
    page.unroute("**/scans")
    page.reload()
    expect(page.locator("#mode-more")).to_contain_text("all sent")
    expect(page.locator(".counter")).to_have_text("2 / arrived of 2")
    assert (count(Scan), count(CheckIn)) == (1, 1)


def test_a_ticket_newer_than_the_list_waits_for_the_servers_word(
    open_door: Callable[..., Page], event: Event
) -> None:
    page = open_door()
    late = make_rsvp(event, make_member("Zoé Martin"), RsvpStatus.CONFIRMED)
    show(page, late)
    expect_verdict(page, "welcome", "Zoé Martin")
    expect(page.locator("#expected")).to_have_text("3")


def test_a_ticket_newer_than_the_list_comes_in_without_network_and_is_checked_later(
    open_door: Callable[..., Page], event: Event, context: BrowserContext
) -> None:
    page = open_door()
    late = make_rsvp(event, make_member("Zoé Martin"), RsvpStatus.CONFIRMED)
    late.tickets[0].revoked_at, late.tickets[0].revoked_because = now(), "cancelled"
    db.session.commit()
    context.set_offline(True)
    show(page, late)
    expect_verdict(page, "provisional", "To be checked")
    page.get_by_role("button", name="Continue").click()
    show(page, None)
    context.set_offline(False)
    expect(page.locator("#notes")).to_contain_text("Zoé Martin")
    expect(page.locator("#notes")).to_contain_text("Ticket given back")
    assert (count(Scan), count(CheckIn)) == (1, 0)


def test_somebody_without_phone_is_let_in_by_name_and_taken_back(
    open_door: Callable[..., Page], rsvp: Rsvp, fan: Member
) -> None:
    page = open_door(start=False)
    page.get_by_role("button", name="Name or code").click()
    page.get_by_label("A name, or the code").fill("nguyen")
    page.get_by_role("button", name=f"Let in {fan.display_name}").click()
    expect_verdict(page, "welcome", fan.display_name)
    page.locator("#verdict").get_by_role("button", name="Undo").click()
    expect(page.locator("#last")).to_contain_text("Undone")
    expect(page.locator(".counter")).to_have_text("0 / arrived of 2")
    expect(page.locator("#mode-more")).to_contain_text("all sent")
    db.session.rollback()
    assert db.session.scalars(sa.select(Scan.method)).one() == ScanMethod.BY_NAME
    assert db.session.scalars(sa.select(CheckIn.undone_at)).one() is not None


def test_a_code_is_typed_as_it_is_printed(open_door: Callable[..., Page], rsvp: Rsvp, fan: Member) -> None:
    page = open_door(start=False)
    page.get_by_role("button", name="Name or code").click()
    page.get_by_label("A name, or the code").fill(rsvp.tickets[0].code.lower())
    page.get_by_role("button", name="Check this code").click()
    expect_verdict(page, "welcome", fan.display_name)


def test_a_camera_that_is_blocked_says_what_to_do(open_door: Callable[..., Page]) -> None:
    page = open_door(NO_CAMERA, start=False)
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#camera-says")).to_contain_text("Allow it in the browser’s site settings")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_who_is_signed_out_keeps_scanning_and_is_told(
    open_door: Callable[..., Page], rsvp: Rsvp, context: BrowserContext
) -> None:
    page = open_door()
    context.clear_cookies()
    show(page, rsvp)
    expect_verdict(page, "welcome")
    expect(page.locator("#mode")).to_have_text("Signed out")
    expect(page.locator("#mode-more")).to_contain_text("1 scan to send")
    assert count(Scan) == 0
