"""Whose turn it is at an event: one seat transaction's, or that of any number of scans.

On PostgreSQL turns are advisory locks on the event's number, which are given in the order in which they were asked for:
rows that many share one after the other can be kept from who wants one alone for ever. On SQLite a turn is any write to
the event's row, since one transaction writes at a time. Whoever takes a turn, and then rows, takes them in that order.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_EVENTS = 7301  # the lock's first number, which tells it from what else may be locked in the database


class _Turn(FunctionElement[bool]):
    """Wait for the turn of the event whose id is given, and keep it until the transaction ends. True."""

    inherit_cache = True
    type = sa.Boolean()
    lock: ClassVar[str]


class Alone(_Turn):
    """The turn of who gives seats, or takes an arrival back."""

    inherit_cache = True
    lock = "pg_advisory_xact_lock"


class Together(_Turn):
    """The turn of scans, which pass one another."""

    inherit_cache = True
    lock = "pg_advisory_xact_lock_shared"


@compiles(_Turn)
def _wait(turn: _Turn, compiler: Any, **options: Any) -> str:
    return f"{turn.lock}({_EVENTS}, {compiler.process(turn.clauses, **options)})::text = ''"


@compiles(_Turn, "sqlite")
def _written(_turn: _Turn, _compiler: Any, **_options: Any) -> str:
    return "1 = 1"
