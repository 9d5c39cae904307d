"""What an event's dates and seats mean to people."""

from __future__ import annotations

import re
from datetime import datetime

from app.events.models import EventStatus

EXACT_BELOW = 10  # seats left are counted out loud under this many; above it there are plenty


def is_open(status: EventStatus, ends_at: datetime, now: datetime) -> bool:
    """Tell whether people may register: the event is published and not over. Latecomers may too."""
    return status == EventStatus.PUBLISHED and now < ends_at


def seats_to_count(left: int) -> int | None:
    """Return how many seats left to name, or None when there are plenty."""
    return left if left < EXACT_BELOW else None


def one_line(text: str) -> str:
    """Write a title or a question on one line; the signs that French sets apart never begin the next one."""
    return re.sub(r" (?=[?!:;»])|(?<=«) ", "\N{NO-BREAK SPACE}", " ".join(text.split()))
