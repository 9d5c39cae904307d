"""Jobs that a worker runs in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from flask import Flask

from app.config import ROOT
from app.db import commit
from app.jobs import APART, NICENESS, enqueue

AUTOGROUP = Path("/proc/self/autogroup")

WORKER = """
from wsgi import app
app.extensions["runs_apart"] = app.config["FROM_ENVIRONMENT"]
app.extensions["run_job"].call_local("study-report", {"report_id": 1})
"""


def settings(folder: Path) -> dict[str, str]:
    return os.environ | {"TERRAIN_ENV": "development", "TERRAIN_INSTANCE": str(folder)}


def in_a_worker(folder: Path) -> str:
    """Run a job as a worker does and return what was logged; the database of an empty folder has no tables."""
    run = [sys.executable, "-c", WORKER]
    done = subprocess.run(
        run, cwd=ROOT, env=settings(folder), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr


def test_what_draws_is_run_apart() -> None:
    assert {"study-report", "event-paper"} == APART


def test_a_job_that_is_run_apart_has_the_workers_settings_and_its_end_is_noted(
    tmp_path: Path, empty_sqlite: Path
) -> None:
    assert "job study-report {'report_id': 1} ended with 1" in in_a_worker(tmp_path)
    (tmp_path / "terrain.sqlite3").write_bytes(empty_sqlite.read_bytes())
    assert "ended with" not in in_a_worker(tmp_path), "there is no such report: nothing to do"


@pytest.mark.parametrize("alive", [True, False])
def test_a_job_that_is_run_apart_ends_with_its_worker(alive: bool) -> None:
    code = "import time; from app.jobs import end_with_worker; end_with_worker(); time.sleep(3)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE) as child:
        assert child.stdin
        if not alive:
            child.stdin.close()
        assert child.wait(30) == (0 if alive else 1)


def test_a_worker_lets_work_gather_so_that_a_rush_is_no_job_for_each_mail(app: Flask) -> None:
    huey = app.extensions["huey"]
    app.extensions["gathers"] = 0.5
    enqueue("deliver-outbox")
    commit()
    task = huey.dequeue()
    assert huey.pending_count() == 0
    worker = threading.Thread(target=task.execute)
    worker.start()
    time.sleep(0.1)
    enqueue("deliver-outbox")
    commit()
    assert huey.pending_count() == 0, "the one that gathers has yet to look"
    worker.join()
    enqueue("deliver-outbox")
    commit()
    assert huey.pending_count() == 1, "it has looked"


@pytest.mark.parametrize("service", [True, False])
def test_a_worker_steps_aside_alone_and_not_with_the_session_it_was_started_in(service: bool) -> None:
    code = "import os; from app.jobs import step_aside; step_aside(); step_aside(); print(os.nice(0))"
    code += "; print(open('/proc/self/autogroup').read())" if AUTOGROUP.exists() else ""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        start_new_session=service,
        capture_output=True,
        text=True,
        check=True,
    )
    niceness = max(NICENESS, os.nice(0))
    assert done.stdout.startswith(f"{niceness}\n")
    if AUTOGROUP.exists():
        session = f"nice {niceness}" if service else AUTOGROUP.read_text().strip().partition(" ")[2]
        assert done.stdout.strip().endswith(session)
