"""Who may register, and from when until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.models import Audience, Event
from app.events.rules_access import (
    NO_KEYS,
    AccessRefusal,
    Asking,
    Keys,
    asks_list,
    is_decided_by_list,
    refuse_access,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER, SOONER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
STRANGER = Asking()


def event(**values: Any) -> Event:
    return Event(**({"audience": Audience.EVERYONE, "link_code": "l" * 32, "early_code": ""} | values))


@pytest.mark.parametrize(
    ("values", "asking", "reason"),
    [
        ({}, STRANGER, None),
        ({"closes_at": NOW}, STRANGER, AccessRefusal.CLOSED),
        ({"closes_at": LATER}, STRANGER, None),
        ({"opens_at": LATER}, STRANGER, AccessRefusal.NOT_YET),
        ({"opens_at": NOW}, STRANGER, None),
        ({"opens_at": LATER, "early_opens_at": NOW}, STRANGER, AccessRefusal.NOT_YET),
        ({"opens_at": LATER, "early_opens_at": NOW}, Asking(on_list=True), None),
        ({"opens_at": LATER, "early_opens_at": NOW}, Asking(on_list=None), None),
        ({"opens_at": LATER, "early_opens_at": LATER}, Asking(on_list=True), AccessRefusal.NOT_YET),
        (
            {"opens_at": LATER, "early_opens_at": NOW, "early_code": "Amis"},
            Asking(keys=Keys(code=" aMIS ")),
            None,
        ),
        (
            {"opens_at": LATER, "early_opens_at": NOW, "early_code": "Amis"},
            Asking(keys=Keys(code="ami")),
            AccessRefusal.NOT_YET,
        ),
        ({"opens_at": LATER, "early_opens_at": NOW}, Asking(keys=Keys(code="")), AccessRefusal.NOT_YET),
        ({"opens_at": LATER, "early_code": "Amis"}, Asking(keys=Keys(code="Amis")), AccessRefusal.NOT_YET),
        ({"audience": Audience.MEMBERS}, STRANGER, AccessRefusal.MEMBERS),
        ({"audience": Audience.MEMBERS}, Asking(is_known=True), None),
        ({"audience": Audience.LINK}, STRANGER, AccessRefusal.LINK),
        ({"audience": Audience.LINK}, Asking(keys=Keys(access="L" * 32)), AccessRefusal.LINK),
        ({"audience": Audience.LINK}, Asking(keys=Keys(access="l" * 32)), None),
        ({"audience": Audience.LINK, "link_code": ""}, STRANGER, AccessRefusal.LINK),
        ({"audience": Audience.INVITED}, STRANGER, AccessRefusal.INVITED),
        ({"audience": Audience.INVITED}, Asking(on_list=True), None),
        ({"audience": Audience.INVITED}, Asking(on_list=None), None),
        ({"audience": Audience.INVITED, "opens_at": LATER}, Asking(on_list=True), AccessRefusal.NOT_YET),
    ],
)
def test_who_may_register(values: dict[str, Any], asking: Asking, reason: AccessRefusal | None) -> None:
    assert refuse_access(event(**values), asking, NOW) is reason


moments = st.sampled_from([None, SOONER, NOW, LATER])
events = st.builds(
    event,
    audience=st.sampled_from(list(Audience)),
    opens_at=moments,
    closes_at=moments,
    early_opens_at=moments,
    early_code=st.sampled_from(["", "amis"]),
)
people = st.builds(
    Asking,
    is_known=st.booleans(),
    on_list=st.sampled_from([True, False, None]),
    keys=st.sampled_from([NO_KEYS, Keys("l" * 32, "amis"), Keys("wrong", "wrong")]),
)


@given(events, people)
def test_more_rights_never_shut_anybody_out(event: Event, asking: Asking) -> None:
    if refuse_access(event, asking, NOW) is None:
        for more in ({"is_known": True}, {"on_list": True}, {"keys": Keys("l" * 32, "amis")}):
            assert refuse_access(event, replace(asking, **more), NOW) is None


@given(events, people)
def test_the_list_decides_only_where_it_is_asked(event: Event, asking: Asking) -> None:
    off, on = replace(asking, on_list=False), replace(asking, on_list=True)
    if not asks_list(event, NOW):
        assert refuse_access(event, off, NOW) is refuse_access(event, on, NOW)
    elif refuse_access(event, off, NOW) is not None:
        assert is_decided_by_list(event, off, NOW) == (refuse_access(event, on, NOW) is None)
