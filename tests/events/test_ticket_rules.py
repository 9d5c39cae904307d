"""The QR code's text and picture, and what a ticket's page shows."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models import EventStatus, HoldFor, RsvpStatus
from app.events.rules_ticket import (
    TicketState,
    code_purpose,
    parse_qr,
    qr_text,
    rsvp_of_purpose,
    ticket_state,
)
from app.qr import qr_svg
from app.tokens import new_code

event_codes = st.text(string.ascii_uppercase + string.digits, min_size=5, max_size=5)
ticket_codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=26, max_size=26)


@given(event_codes, ticket_codes)
def test_what_is_written_is_read_back(event_code: str, ticket_code: str) -> None:
    text = qr_text(event_code, ticket_code)
    assert len(text) == 32
    assert parse_qr(text) == (event_code, ticket_code)


@given(event_codes, ticket_codes)
def test_a_code_typed_by_hand_is_read_too(event_code: str, ticket_code: str) -> None:
    text = qr_text(event_code, ticket_code).lower()
    assert parse_qr(f" {text[:6]} {text[6:19]}-{text[19:]}\n") == (event_code, ticket_code)


@given(st.text())
def test_anything_else_is_no_ticket(text: str) -> None:
    assert parse_qr(text) is None or len(re.sub(r"[\s-]", "", text)) == 32


def test_a_new_code_fits_the_qr_text() -> None:
    assert parse_qr(qr_text("AB12C", new_code())) is not None


@given(st.integers(1, 2**31))
def test_a_code_names_its_rsvp(rsvp_id: int) -> None:
    assert rsvp_of_purpose(code_purpose(rsvp_id)) == rsvp_id


@pytest.mark.parametrize("purpose", ["sign-in", "rsvp:", "rsvp:x", "rsvp:-1", ""])
def test_a_code_for_something_else_names_none(purpose: str) -> None:
    assert rsvp_of_purpose(purpose) is None


def test_the_qr_code_is_black_on_white_with_a_quiet_zone_of_four() -> None:
    svg = qr_svg(qr_text("AB12C", "A" * 26))
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])  # type: ignore[index]
    assert side == 25 + 2 * 4  # version 2, which holds 38 characters at level M
    ground, modules = re.findall(r'<path fill="(#\w+)" d="([^"]+)"', svg)
    assert ground == ("#fff", f"M0 0h{side}v{side}H0z")
    assert modules[0] == "#000"
    dark = [tuple(map(int, one)) for one in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", modules[1])]
    assert min(x for x, _, _, _ in dark) == min(y for _, y, _, _ in dark) == 4
    assert (
        max(x + width for x, _, width, _ in dark) == max(y + height for _, y, _, height in dark) == side - 4
    )


NOW = datetime(2026, 12, 4, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, TicketState.CONFIRMED),
        ({"arrived": True}, TicketState.CHECKED_IN),
        ({"arrived": True, "ends_at": NOW}, TicketState.CHECKED_IN),
        ({"ends_at": NOW}, TicketState.PAST),
        ({"rsvp_status": RsvpStatus.HELD}, TicketState.HELD),
        ({"rsvp_status": RsvpStatus.WAITLISTED}, TicketState.WAITLISTED),
        ({"rsvp_status": RsvpStatus.WAITLISTED, "ends_at": NOW}, TicketState.PAST),
        ({"rsvp_status": RsvpStatus.CANCELLED}, TicketState.CANCELLED),
        ({"rsvp_status": RsvpStatus.CANCELLED, "event_status": EventStatus.CANCELLED}, TicketState.CANCELLED),
        ({"rsvp_status": RsvpStatus.DECLINED}, TicketState.DECLINED),
        ({"rsvp_status": RsvpStatus.HELD, "hold_for": HoldFor.OFFER}, TicketState.OFFERED),
        ({"event_status": EventStatus.CANCELLED}, TicketState.EVENT_CANCELLED),
        ({"revoked_because": "transferred"}, TicketState.TRANSFERRED),
        ({"revoked_because": "transferred", "arrived": True}, TicketState.TRANSFERRED),
    ],
)
def test_a_ticket_shows_what_matters_most(change: dict[str, object], state: TicketState) -> None:
    facts = {
        "rsvp_status": RsvpStatus.CONFIRMED,
        "hold_for": None,
        "revoked_because": "",
        "arrived": False,
        "event_status": EventStatus.PUBLISHED,
        "ends_at": NOW + timedelta(hours=3),
        "now": NOW,
    }
    assert ticket_state(**(facts | change)) is state  # type: ignore[arg-type]
