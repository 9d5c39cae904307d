"""Facts that may be worth points. A feature says where its facts are; loyalty settles them, none is sent to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

# Columns, in this order: member_id, source ("check-in:12:1"), at, label (what the wallet shows).
FactSelect = sa.Select[*tuple[Any, ...]]
FACTS: dict[str, Callable[[], FactSelect]] = {}


def fact(kind: str) -> Callable[[Callable[[], FactSelect]], Callable[[], FactSelect]]:
    """Register a function that returns the SELECT of all facts of a kind that hold now.

    Its columns are named member_id, source, at and label. A fact that is undone leaves the result, and loyalty
    then reverses what it paid; a source is never used again for another fact.
    """

    def register(function: Callable[[], FactSelect]) -> Callable[[], FactSelect]:
        FACTS[kind] = function
        return function

    return register
