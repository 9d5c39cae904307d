"""A person's rights over data that several features hold: to read it, and to be forgotten.

Members own the pages; features above them register here what they hold, as panels do for what they show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Export = Callable[[int], Any]
Eraser = Callable[[int, datetime], None]
EXPORTS: dict[str, Export] = {}
ERASERS: list[Eraser] = []


@dataclass(frozen=True)
class Turns:
    """Things of a person that change in turns: `of` a member's id, which; `take` waits for one; `erase` forgets all.

    Whoever has a turn may wait for the member's row. So who forgets takes turns first, and what changes in them last.
    """

    of: Callable[[int], list[int]]  # in the order in which everybody takes them
    take: Callable[[int], None]  # and keeps it until the transaction, or its savepoint, ends
    erase: Eraser  # called once, with all turns and the member's row


TURNS: list[Turns] = []


def exports(name: str) -> Callable[[Export], Export]:
    """Register a function of a member's id that returns JSON values: what a feature knows of that person."""

    def register(function: Export) -> Export:
        EXPORTS[name] = function
        return function

    return register


def erases(function: Eraser) -> Eraser:
    """Register a function (member id, now) that removes or anonymises what a feature knows.

    It flushes, and is called twice: for what was there, and for what came while the person was being forgotten.
    """
    ERASERS.append(function)
    return function
