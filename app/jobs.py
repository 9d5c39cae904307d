"""Slow work, done by the worker: huey on SQLite, or on Redis when it is set.

One generic huey task runs jobs by name, so that the web process enqueues without importing what a job needs.
Every minute the sweeps run: each finds by itself what is left to do, so nothing is lost with a killed worker.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any, cast

import click
from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey, crontab

from app import clock
from app.config import ROOT
from app.db import after_commit, db

log = logging.getLogger(__name__)

Job = Callable[..., None]
JOBS: dict[str, Job] = {}
SWEEPS: list[str] = []
APART: set[str] = set()

# Seconds for which a worker lets work of a kind gather before it looks for it: in a rush each mail would else be a job,
# which costs twice what the mail does.
GATHERING = 0.25

# How far a worker steps aside for who waits for a page. While pages took all of both processors, the mails of a rush
# waited half a second at 5 and up to three at 10; a sweep had an event's turn for 0.7 seconds at 5 (0.2 at 0), for 1.6
# at 10 and for up to ten at 19: whoever wants a seat there waits for a process that gets no time.
NICENESS = 5

# A worker runs jobs in threads, and neither matplotlib nor Pango promises to bear several: one at a time draws a
# chart or lays out a PDF. Nothing is lost by it, since Python would let them compute in turn anyway.
DRAWING = Lock()


def job(name: str, *, every_minute: bool = False, apart: bool = False) -> Callable[[Job], Job]:
    """Register a job under a name. It runs in an application context and commits by itself.

    A worker runs a job that is `apart` in a process of its own: one that draws loads 200 MB, which only its end gives
    back, and libraries that may end a process with them.
    """

    def register(function: Job) -> Job:
        JOBS[name] = function
        if apart:
            APART.add(name)
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


def run_apart(name: str, arguments: dict[str, Any]) -> int:
    """Run a job in a process with the settings of this one’s environment; wait, and return its exit status."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "job", name, json.dumps(arguments)]
    # A session of its own: Ctrl-C is for the worker, which lets what is under way end first. The pipe tells the end of
    # a worker that was killed.
    with DRAWING:
        child = subprocess.Popen(  # noqa: S603 - our own command, and its arguments as JSON
            command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
        )
        with child:
            status = child.wait()
    if status:
        log.error("job %s %r ended with %d", name, arguments, status)
    return status


def end_with_worker() -> None:
    """End this process at once when the worker that waits for it has ended: whoever sweeps begins again."""

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin, whose lock would be held when this process ends by itself
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def init_app(app: Flask) -> None:
    huey = _make_huey(app)

    def run_job(name: str, arguments: dict[str, Any]) -> None:
        if name in SWEEPS:
            time.sleep(app.extensions.get("gathers", 0.0))
            # Before it looks. A worker killed in between leaves this said until the minute's own sweep.
            huey.storage.delete_data(_waiting(name))
        if name in APART and app.extensions.get("runs_apart"):
            run_apart(name, arguments)
            return
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
    app.cli.add_command(run_one)


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


def step_aside() -> None:
    """Let this process wait for others of the machine, however it was started."""
    niceness = os.nice(max(0, NICENESS - os.nice(0)))
    # Linux weighs sessions before it weighs the processes of one (`man 7 sched`, autogroup): a service is a session of
    # its own, where being nice alone changes nothing. Not all kernels and containers have this file.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


@click.command("worker")
def worker() -> None:
    """Run the jobs and the per-minute sweep until stopped."""
    step_aside()
    # All that was loaded stays: to look through it for what may go takes a tenth of a second of every thread.
    gc.collect()
    gc.freeze()
    huey = cast(Huey, current_app.extensions["huey"])
    current_app.extensions["runs_apart"] = current_app.config["FROM_ENVIRONMENT"]
    current_app.extensions["gathers"] = GATHERING
    release_sweep(huey, clock.now())
    consumer = huey.create_consumer(
        workers=current_app.config["WORKER_THREADS"],
        periodic=True,
        initial_delay=0.1,
        max_delay=1.0,
        backoff=1.3,
    )
    consumer.run()


@click.command("job", hidden=True)
@click.argument("name")
@click.argument("arguments", type=json.loads)
def run_one(name: str, arguments: dict[str, Any]) -> None:
    """Run one job for a worker that waits for it."""
    step_aside()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # systemd tells the whole service
    end_with_worker()
    run(name, arguments)
