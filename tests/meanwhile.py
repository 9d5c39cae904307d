"""What another process does in the middle of something, so that a race comes out the same each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Self

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


def just_before(beginning: str | tuple[str, ...], act: Callable[[], object], ending: str = "") -> None:
    """Do something once, just before the next statement that begins so (“UPDATE”, or several such words)."""
    _at("before_cursor_execute", beginning, ending, act)


def just_after(beginning: str | tuple[str, ...], act: Callable[[], object], ending: str = "") -> None:
    """Do something once, just after the next statement that begins so, which holds what it locked."""
    _at("after_cursor_execute", beginning, ending, act)


def _at(moment: str, beginning: str | tuple[str, ...], ending: str, act: Callable[[], object]) -> None:
    waiting = [act]

    def step_in(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if waiting and statement.startswith(beginning) and statement.endswith(ending):
            waiting.pop()()

    sa.event.listen(db.engine, moment, step_in)


@dataclass
class Meanwhile:
    """What is done at the same time by another process: in a session of its own, which commits at its end."""

    app: Flask
    act: Callable[[], object]
    told: list[Any] = field(default_factory=list)

    def begin(self, waiting: int = 1) -> Self:
        """Begin, and return once so many wait for a lock."""
        self.thread = threading.Thread(target=Context().run, args=(self._run,), daemon=True)
        self.thread.start()
        query = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        deadline = time.monotonic() + 30
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
            while watching.scalar(query) != waiting:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        return self

    def _run(self) -> None:
        with self.app.app_context():
            try:
                self.told.append(self.act())
                commit()
            except Exception as error:
                self.told.append(error)
                db.session.rollback()

    def end(self) -> Any:
        """Return what was told, once that is committed."""
        self.thread.join(30)
        return self.told[0]
