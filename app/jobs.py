"""Slow work, done by the worker: huey on SQLite, or on Redis when it is set.

One generic huey task runs jobs by name, so that the web process enqueues without importing what a job needs.
Every minute the sweeps run: each finds by itself what is left to do, so nothing is lost with a killed worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, cast

import click
from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey, crontab

from app import clock
from app.db import after_commit, db

log = logging.getLogger(__name__)

Job = Callable[..., None]
JOBS: dict[str, Job] = {}
SWEEPS: list[str] = []

# A worker runs jobs in threads, and neither matplotlib nor Pango promises to bear several: one at a time draws a
# chart or lays out a PDF. Nothing is lost by it, since Python would let them compute in turn anyway.
DRAWING = Lock()


def job(name: str, *, every_minute: bool = False) -> Callable[[Job], Job]:
    """Register a job under a name. It runs in an application context and commits by itself."""

    def register(function: Job) -> Job:
        JOBS[name] = function
        if every_minute:
            SWEEPS.append(name)
        return function

    return register


def enqueue(name: str, **arguments: Any) -> None:
    """Run a job in the worker once the current transaction is committed. Arguments are JSON values.

    A sweep that waits for a worker already is not queued again: it has yet to look, and finds this work too.
    """
    huey, task = (current_app.extensions[part] for part in ("huey", "run_job"))
    after_commit(f"{name} {arguments!r}", partial(_send, huey, task, name, arguments))


def _send(huey: Huey, task: Any, name: str, arguments: dict[str, Any]) -> None:
    try:
        if name not in SWEEPS or huey.storage.put_if_empty(_waiting(name), b"yes"):
            task(name, arguments)
    except Exception:
        # The change is committed and its row says what is left to do: the sweep will find it.
        log.exception("could not enqueue %s", name)


def run(name: str, arguments: dict[str, Any]) -> None:
    """Run a job now, in this process, leaving no half-done transaction behind."""
    try:
        JOBS[name](**arguments)
    finally:
        db.session.remove()


def init_app(app: Flask) -> None:
    huey = _make_huey(app)

    def run_job(name: str, arguments: dict[str, Any]) -> None:
        if name in SWEEPS:
            # Before it looks. A worker killed in between leaves this said until the minute's own sweep.
            huey.storage.delete_data(_waiting(name))
        with app.app_context():
            run(name, arguments)

    sweeping = Lock()

    def sweep() -> None:
        # One that takes minutes keeps one thread of this process busy, not all; another worker takes the next.
        if not sweeping.acquire(blocking=False):
            return
        try:
            for name in SWEEPS if claim_sweep(huey, clock.now()) else ():
                try:
                    run_job(name, {})
                except Exception:
                    log.exception("sweep %s failed", name)
        finally:
            sweeping.release()

    app.extensions["huey"] = huey
    app.extensions["run_job"] = huey.task(name="run_job")(run_job)
    app.extensions["sweep"] = huey.periodic_task(crontab(minute="*"), name="sweep")(sweep)
    app.cli.add_command(worker)


def _waiting(name: str) -> bytes:
    return f"{name} waits".encode()


def claim_sweep(huey: Huey, at: datetime) -> bool:
    """Take this minute’s sweep, which each worker’s scheduler asks for; False when another worker has.

    The minute is claimed, rather than a lock held, which a killed worker would leave behind. What is left of the last
    claims when all workers stop costs the next days one sweep each at most.
    """
    if not huey.storage.put_if_empty(f"sweep {at:%H:%M}".encode(), b"begun"):
        return False
    huey.storage.delete_data(f"sweep {at - timedelta(minutes=2):%H:%M}".encode())
    return True


def release_sweep(huey: Huey, at: datetime) -> None:
    """Let a worker that starts sweep at once: whoever claimed this minute may have been killed in it."""
    huey.storage.delete_data(f"sweep {at:%H:%M}".encode())


def _make_huey(app: Flask) -> Huey:
    if app.config["REDIS_URL"]:
        return RedisHuey("terrain", url=app.config["REDIS_URL"], results=False)
    return SqliteHuey("terrain", filename=str(app.config["INSTANCE"] / "jobs.sqlite3"), results=False)


@click.command("worker")
def worker() -> None:
    """Run the jobs and the per-minute sweep until stopped."""
    huey = cast(Huey, current_app.extensions["huey"])
    release_sweep(huey, clock.now())
    consumer = huey.create_consumer(
        workers=current_app.config["WORKER_THREADS"],
        periodic=True,
        initial_delay=0.1,
        max_delay=1.0,
        backoff=1.3,
    )
    consumer.run()
