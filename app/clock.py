"""The one place that reads the clock, so that rules stay pure and tests can travel."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, aware, in UTC."""
    return datetime.now(UTC)
