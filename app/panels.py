"""Pages made of parts from several features.

The ticket page belongs to events and a member's page to members, yet both show what features below the import
arrow know: surveys to answer, points. Those features register a panel here; the page asks for all of its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

Panel = Callable[..., str]
_panels: dict[str, list[tuple[int, Panel]]] = {}


def panel(place: str, order: int) -> Callable[[Panel], Panel]:
    """Register a function that returns HTML, or "" for nothing, for a place: "ticket" or "me"."""

    def register(function: Panel) -> Panel:
        _panels.setdefault(place, []).append((order, function))
        return function

    return register


def panels(place: str, /, **context: Any) -> Markup:
    """Return the HTML of every panel of a place, in order. "ticket" passes `place`, "me" passes `member`."""
    parts = sorted(_panels.get(place, []), key=lambda part: part[0])
    return Markup("").join(Markup(function(**context)) for _order, function in parts)  # noqa: S704
