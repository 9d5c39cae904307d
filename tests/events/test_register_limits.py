"""How often one may register."""

from __future__ import annotations

import pytest

from app.events.models import Event
from tests.client import Client
from tests.events.fans import register, went_through
from tests.factories import make_chapter, make_event


@pytest.fixture
def event(limited: Client) -> Event:
    return make_event(make_chapter(), capacity=100)


def test_an_address_is_registered_five_times_an_hour_however_it_is_typed(
    limited: Client, event: Event
) -> None:
    spellings = ["zoe@example.org", "Zoe@Example.org", " ZOE@example.org"] * 2
    answers = [register(limited, event, email=email) for email in spellings]
    assert [went_through(answer) for answer in answers] == [True] * 5 + [False]
    assert answers[-1].status_code == 429
    assert went_through(register(limited, event, email="yann@example.org"))


def test_mistakes_do_not_count(limited: Client, event: Event) -> None:
    for _ in range(8):
        assert not went_through(register(limited, event, consent_photos=""))
    assert went_through(register(limited, event))


def test_a_venue_shares_its_network_but_not_without_end(limited: Client, event: Event) -> None:
    answers = [register(limited, event, email=f"fan{number}@example.org") for number in range(61)]
    assert [went_through(answer) for answer in answers] == [True] * 60 + [False]
    assert answers[-1].status_code == 429


def test_who_insists_uses_up_their_own_tries_and_not_their_network_s(limited: Client, event: Event) -> None:
    insisting = [register(limited, event, email="zoe@example.org") for _ in range(62)]
    assert [went_through(answer) for answer in insisting] == [True] * 5 + [False] * 57
    assert went_through(register(limited, event, email="yann@example.org"))


def test_who_comes_from_no_address_is_counted_too(limited: Client, event: Event) -> None:
    limited.environ_base["REMOTE_ADDR"] = ""  # a proxy on a Unix socket that forwards none
    answers = [register(limited, event, email=f"fan{number}@example.org") for number in range(61)]
    assert [went_through(answer) for answer in answers] == [True] * 60 + [False]
