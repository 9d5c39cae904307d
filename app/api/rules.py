"""What a token may do, and how pages of a list follow one another."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

PREFIX = "terrain_"  # by which people, and programs that look for leaks, know a token
USE_IS_NOTED_EVERY = timedelta(minutes=1)
ANSWERS_KEPT = timedelta(hours=24)
LARGEST_ID = 2**31 - 1
CURSOR = r"[0-7][0-9a-f]{7}"


class Scope(StrEnum):
    """One kind of call that a token allows."""

    EVENTS_READ = "events:read"
    RSVPS_READ = "rsvps:read"
    RSVPS_WRITE = "rsvps:write"
    CHECK_INS_WRITE = "check-ins:write"
    MEMBERS_READ = "members:read"


def scopes_for(roles: Collection[str]) -> frozenset[Scope]:
    """Return what the token of somebody with these roles may do at most."""
    if {"cm", "admin"} & set(roles):
        return frozenset(Scope)
    return frozenset({Scope.EVENTS_READ}) if "marketing" in roles else frozenset()


def write_cursor(last_id: int) -> str:
    """Return where the next page begins, as a text that callers need not understand."""
    return f"{last_id:08x}"


def read_cursor(cursor: str) -> int:
    """Return the id after which a page begins. Raises ValueError for a text that we did not write."""
    if not re.fullmatch(CURSOR, cursor):
        raise ValueError(cursor)
    return int(cursor, 16)
