"""What happens, told where it happens to whoever listens: webhooks do, in a feature above.

A listener runs in the transaction that changes the thing, so that what it writes is committed with it or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import sqlalchemy as sa


class Happening(StrEnum):
    """What can be listened to, and what the id that comes with it is of."""

    RSVP_CONFIRMED = "rsvp.confirmed"  # an Rsvp
    RSVP_CANCELLED = "rsvp.cancelled"  # an Rsvp
    RSVP_PROMOTED = "rsvp.promoted"  # an Rsvp that left the line: its seats are confirmed, or held for it
    CHECK_IN = "check-in"  # a CheckIn
    RESPONSE = "response"  # a Response


Listener = Callable[[Happening, int], None]
LISTENERS: list[Listener] = []
_CONDITIONS: list[sa.ColumnElement[bool]] = []


def listens(condition: sa.ColumnElement[bool]) -> Callable[[Listener], Listener]:
    """Register a function of (kind, id) that is told of everything that happens.

    `condition` is SQL: while it is false the function does nothing, so whoever reads it may leave the telling out.
    """

    def register(listener: Listener) -> Listener:
        LISTENERS.append(listener)
        _CONDITIONS.append(condition)
        return listener

    return register


def anybody_listens() -> sa.ColumnElement[bool]:
    """Return, as SQL, whether anybody listens: a column for a statement of the transaction in which it happens."""
    return sa.or_(sa.false(), *_CONDITIONS)


def tell(kind: Happening, subject_id: int) -> None:
    """Say that something has happened; its row is flushed, so that listeners can read it."""
    for listener in LISTENERS:
        listener(kind, subject_id)
