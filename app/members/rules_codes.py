"""When a mailed code still works."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

# Six digits can be guessed, so they live for minutes and a few tries; the link holds 192 random bits.
DIGITS_LIFETIME = timedelta(minutes=30)
LINK_LIFETIME = timedelta(minutes=30)
MAX_TRIES = 5


class CodeState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    TOO_MANY_TRIES = "too-many-tries"


def link_state(used_at: datetime | None, expires_at: datetime, now: datetime) -> CodeState:
    """Say whether a mailed link still works. Wrong digits typed elsewhere do not close it."""
    if used_at is not None:
        return CodeState.USED
    return CodeState.OPEN if now < expires_at else CodeState.EXPIRED


def digits_state(
    used_at: datetime | None, created_at: datetime, expires_at: datetime, failed_tries: int, now: datetime
) -> CodeState:
    """Say whether the six digits may still be tried."""
    state = link_state(used_at, min(expires_at, created_at + DIGITS_LIFETIME), now)
    if state is CodeState.OPEN and failed_tries >= MAX_TRIES:
        return CodeState.TOO_MANY_TRIES
    return state


def read_digits(text: str) -> str:
    """Give the digits of what a person typed, who may have copied spaces or hyphens too."""
    return "".join(c for c in text if c.isascii() and c.isdigit())
