"""A party that grows names its new guests, where the event asks for names; the page shows none that is known."""

from __future__ import annotations

from typing import Any

import pytest

from app.clock import now
from app.db import db
from app.events.actions_questions import store_answers
from app.events.models import Chapter, Event, GuestNames, Rsvp
from app.members.models import Member
from tests.client import Client, find, text_of
from tests.events.fans import in_english, take, ticket_of
from tests.factories import make_event


@pytest.fixture
def named(chapter: Chapter) -> Event:
    return make_event(chapter, party_max=4, guest_names=GuestNames.REQUIRED)


@pytest.fixture
def pair(named: Event, fan: Member) -> Rsvp:
    rsvp = take(named, fan, party=2)
    store_answers(rsvp, None, ["Léo"])
    db.session.commit()
    return rsvp


def change(client: Client, rsvp: Rsvp, **fields: Any) -> str:
    path = f"/tickets/{ticket_of(rsvp).token}/change"
    return client.post(path, data=client.csrf(path) | fields, follow_redirects=True).text


def test_new_guests_are_asked_for_and_known_ones_are_neither_asked_for_nor_shown(
    client: Client, pair: Rsvp
) -> None:
    page = client.get(f"/tickets/{ticket_of(pair).token}/change").text
    assert [field.attrs["name"] for field in find(page, "[data-guest] input")] == ["guest_2", "guest_3"]
    assert [block.attrs["data-guest"] for block in find(page, "[data-guest]")] == ["2", "3"]
    assert "Léo" not in page


def test_a_new_guest_without_a_name_is_asked_for_it_and_nothing_changes(client: Client, pair: Rsvp) -> None:
    page = change(in_english(client), pair, party_size="4", guest_2="Mia")
    assert "Enter the name of this guest." in text_of(page)
    assert (pair.party_size, pair.guest_names) == (2, ["Léo"])


def test_new_names_come_after_those_that_are_known(client: Client, pair: Rsvp) -> None:
    assert "Changed." in change(in_english(client), pair, party_size="4", guest_2="Mia", guest_3="Noé")
    assert (pair.party_size, pair.guest_names) == (4, ["Léo", "Mia", "Noé"])


def test_a_party_that_shrinks_is_asked_for_nothing_and_forgets_who_stays_at_home(
    client: Client, pair: Rsvp
) -> None:
    assert "Changed." in change(in_english(client), pair, party_size="1", guest_2="Mia")
    assert (pair.party_size, pair.guest_names) == (1, None)


def test_an_event_that_leaves_names_open_or_does_not_ask_is_content_without(
    client: Client, chapter: Chapter, fan: Member
) -> None:
    for asked, fields in ((GuestNames.OPTIONAL, 2), (GuestNames.NONE, 0)):
        rsvp = take(make_event(chapter, party_max=3, guest_names=asked), fan)
        page = client.get(f"/tickets/{ticket_of(rsvp).token}/change").text
        assert len(find(page, "[data-guest]")) == fields
        assert "Changed." in change(in_english(client), rsvp, party_size="2", guest_1=" ")
        assert (rsvp.party_size, rsvp.guest_names) == (2, None)


def test_a_size_that_cannot_be_asks_for_no_names(client: Client, pair: Rsvp) -> None:
    page = change(in_english(client), pair, party_size="9")
    assert "Enter the name of this guest." not in text_of(page)
    assert pair.party_size == 2


def test_names_of_guests_who_come_meanwhile_are_cut_to_the_party(pair: Rsvp) -> None:
    from app.events.actions_changes import change_place

    change_place(pair.id, 2, None, now(), ["Mia"])
    assert pair.guest_names == ["Léo"]
