"""What the worker makes for somebody who waits (a report, a paper): claimed, under way, done or failed.

A model takes `MadeByWorker` for its columns. A worker claims a row before it works, and loses it to another worker when
it is not done in a time in which only a dead one would not be. None of this commits: the job does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.clock import now as clock_now
from app.db import choice, db

STALLED_AFTER = timedelta(minutes=10)  # making one takes seconds: its worker is dead
OVERDUE_AFTER = timedelta(minutes=1)  # asked for, and no worker took it
MOST_ATTEMPTS = 3  # what kills three workers will kill the fourth


class Making(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNDER_WAY = (Making.QUEUED, Making.RUNNING)


class MadeByWorker:
    """The columns of what a worker makes. `started_at` is also the claim of the worker that makes it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(5))
    requested_at: Mapped[datetime] = mapped_column(default=clock_now)
    attempts: Mapped[int] = mapped_column(default=0)
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    pdf: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)

    @declared_attr
    @classmethod
    def status(cls) -> Mapped[Making]:
        # The CHECK is named after the model, as each one’s migration did.
        return mapped_column(choice(Making, name=f"{cls.__name__.lower()}status"), default=Making.QUEUED)

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether no worker took it in the time that one should need to."""
        return self.status is Making.QUEUED and now - self.requested_at > OVERDUE_AFTER


Model = TypeVar("Model", bound=MadeByWorker)


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker’s right to make something; another worker that takes over ends it."""

    model: type[MadeByWorker]
    id: int
    started_at: datetime


def claim(model: type[MadeByWorker], row_id: int, now: datetime) -> Claim | None:
    """Take what waits, or whose worker died; None when it is in other hands or over."""
    update = (
        sa.update(model)
        .where(model.id == row_id, (model.status == Making.QUEUED) | _stalled(model, now))
        .values(status=Making.RUNNING, started_at=now, attempts=model.attempts + 1, steps_done=0)
    )
    return Claim(model, row_id, now) if _touched(update) else None


def note(claim: Claim, **values: Any) -> bool:
    """Write columns of what is claimed; False when another worker took it over, or nobody wants it any more."""
    model = claim.model
    mine = sa.update(model).where(
        model.id == claim.id, model.status == Making.RUNNING, model.started_at == claim.started_at
    )
    return _touched(mine.values(**values))


def note_progress(claim: Claim, done: int, total: int) -> bool:
    """Note how far it is; False as in `note`."""
    return note(claim, steps_done=done, steps_total=total)


def finish(claim: Claim, now: datetime, *, pdf: bytes, **values: Any) -> bool:
    """Keep what was made; False as in `note`."""
    done = {"status": Making.DONE, "finished_at": now, "steps_done": claim.model.steps_total}
    return note(claim, **done, pdf=pdf, **values)


def fail(claim: Claim, now: datetime, **values: Any) -> bool:
    """Give it up; False as in `note`."""
    return note(claim, status=Making.FAILED, finished_at=now, **values)


def left_lying(model: type[Model], now: datetime) -> Sequence[Model]:
    """Return the rows whose worker died, or that no worker took, the oldest first."""
    waiting = sa.and_(model.status == Making.QUEUED, model.requested_at <= now - OVERDUE_AFTER)
    return db.session.scalars(sa.select(model).where(_stalled(model, now) | waiting).order_by(model.id)).all()


def restart(
    model: type[Model], hand_over: Callable[[int], None], now: datetime, **values: Any
) -> list[Model]:
    """Hand what was left lying to the workers again, by its id; return those given up, tried too often.

    `values` are columns of those given up.
    """
    given_up = []
    for row in left_lying(model, now):
        if row.attempts < MOST_ATTEMPTS:
            hand_over(row.id)
        elif row.started_at and fail(Claim(model, row.id, row.started_at), now, **values):
            given_up.append(row)
    return given_up


def _stalled(model: type[MadeByWorker], now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(model.status == Making.RUNNING, model.started_at <= now - STALLED_AFTER)


def _touched(update: sa.Update) -> bool:
    result = db.session.execute(update.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", result).rowcount == 1
