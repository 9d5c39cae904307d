"""Processes that do one thing at the same moment, each with an application of its own on the same database."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers

from app.db import db
from tests.conftest import make_app

PATIENCE = 180  # seconds

Act = Callable[..., Any]


def race(folder: Path, url: str, act: Act, entrants: Sequence[Sequence[Any]], packs: int = 1) -> list[Any]:
    """Run `act(together, *arguments)` in one process an entrant and return what each returned, in their order.

    Each process runs in an application context of its own; `together()` waits there until all have called it.
    `packs` is how many applications they are shared out to, as servers share the people who come.
    Raises RuntimeError with the traceback of an entrant that failed.
    """
    db.session.remove()
    context = multiprocessing.get_context("forkserver")  # a clean parent: nothing of the test’s is inherited
    context.set_forkserver_preload(["tests.racing"])
    gate, results = context.Barrier(len(entrants)), context.Queue()
    numbered = list(enumerate(entrants))
    started = [
        context.Process(target=_pack, args=(folder, url, act, numbered[n::packs], gate, results))
        for n in range(packs)
    ]
    for pack in started:
        pack.start()
    try:
        told: dict[int, Any] = {}
        while len(told) < len(entrants):
            number, outcome, error = results.get(timeout=PATIENCE)
            if error:
                raise RuntimeError(f"entrant {number} failed:\n{error}")
            told[number] = outcome
        for pack in started:
            pack.join(PATIENCE)
    finally:
        for pack in started:
            pack.kill()
            pack.join()
    return [told[number] for number in range(len(entrants))]


def _pack(
    folder: Path,
    url: str,
    act: Act,
    entrants: Sequence[tuple[int, Sequence[Any]]],
    gate: Barrier,
    results: Queue[Any],
) -> None:
    """Make the application, then fork one process an entrant before anything is connected."""
    app = make_app(folder, url)
    configure_mappers()  # once here rather than in each of them
    fork = multiprocessing.get_context("fork")
    processes = [
        fork.Process(target=_enter, args=(app, number, act, arguments, gate, results), daemon=True)
        for number, arguments in entrants
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _enter(
    app: Flask, number: int, act: Act, arguments: Sequence[Any], gate: Barrier, results: Queue[Any]
) -> None:
    with app.app_context():
        try:
            outcome = act(partial(gate.wait, PATIENCE), *arguments)
        except BrokenBarrierError:
            return  # another entrant failed, and says why
        except Exception:
            gate.abort()
            results.put((number, None, traceback.format_exc()))
        else:
            results.put((number, outcome, ""))
