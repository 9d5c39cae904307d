"""The door's rule says the same in Python and in the browser: both are run on one table of cases."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.events.rules_door import Arrival, Doors, DoorStatus, RosterEntry, read_text, verdict
from tests.services import find_program

HERE = Path(__file__).parent
RULE = HERE.parent.parent / "app/static/js/verdict.js"
TABLE = HERE / "door_cases.json"
CASES: dict[str, Any] = json.loads(TABLE.read_text())


def cases(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[kind], ids=lambda case: str(case["name"]))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def entry_of(case: dict[str, Any]) -> RosterEntry | None:
    if case["entry"] is None:
        return None
    arrived = case["entry"]["arrived_at"]
    arrival = Arrival(moment(arrived), "K7QD") if arrived else None
    return RosterEntry("0" * 24, "Camille", DoorStatus(case["entry"]["status"]), 1, arrival)


@cases("readings")
def test_a_text_is_read_as_the_table_says(case: dict[str, Any]) -> None:
    reading = read_text(case["text"], CASES["event_code"])
    assert (reading.event_code, reading.digest) == (case["event"], case["digest"])


@cases("verdicts")
def test_the_rule_answers_as_the_table_says(case: dict[str, Any]) -> None:
    doors = Doors(moment(CASES["doors"]["opens_at"]), moment(CASES["doors"]["closes_at"]))
    said = verdict(entry_of(case), case["event"], CASES["event_code"], moment(case["at"]), doors)
    assert said.value == case["verdict"]


def test_the_browsers_rule_answers_as_the_table_says() -> None:
    # Beside Python when it came from a wheel, for want of a system's npm.
    node = find_program("nodejs", "node", folders=str(Path(sys.prefix) / "bin").lstrip("/"))
    run = subprocess.run(
        [node, str(HERE / "door_verdict.mjs"), str(RULE), str(TABLE)],
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(run.stdout)
    assert said == {
        "readings": [{"event": case["event"], "digest": case["digest"]} for case in CASES["readings"]],
        "rewards": [case["reward"] for case in CASES["rewards"]],
        "verdicts": [case["verdict"] for case in CASES["verdicts"]],
    }
