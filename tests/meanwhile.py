"""What another process does in the middle of something, so that a race comes out the same each time."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.db import commit, db


def elsewhere(app: Flask, act: Callable[[], object]) -> None:
    """Do something in a session of its own, as another process would, and commit it."""

    def do() -> None:
        with app.app_context():
            act()
            commit()

    Context().run(do)


def just_before(beginning: str | tuple[str, ...], act: Callable[[], object]) -> None:
    """Do something once, just before the next statement that begins so (“UPDATE”, or several such words)."""
    waiting = [act]

    def step_in(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if waiting and statement.startswith(beginning):
            waiting.pop()()

    sa.event.listen(db.engine, "before_cursor_execute", step_in)
