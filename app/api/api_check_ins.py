"""Check-ins, as a door of another make records them."""

from __future__ import annotations

from typing import Any

from flask import abort

from app.api.api import Calls, caller
from app.api.forms_schemas import CheckInIn, CheckInOut
from app.api.queries_events import get_managed
from app.api.rules import Scope
from app.clock import now
from app.db import commit
from app.errors import Problem
from app.events.actions_door import DoorEvent, ScanIn, ScanResult, record_in_turn, take_turn_at
from app.events.models_door import ScanMethod
from app.events.rules_door import Reading, read_text

bp = Calls("check-ins-api", "Check-ins at an event of a chapter that the token’s owner runs.")


@bp.call("POST", "/events/<slug>/check-ins", Scope.CHECK_INS_WRITE, 400, 404, 409, 415, 422)
@bp.arguments(CheckInIn)
@bp.response(200, CheckInOut)
def check_in(scan: dict[str, Any], slug: str) -> ScanResult:
    """Check somebody in

    A scan that happened is recorded whatever it amounts to: look at `verdict`, of which “welcome” alone lets in. The
    nonce is what makes a call safe to repeat; an Idempotency-Key is not needed.
    """
    if ("code" in scan) == ("digest" in scan):
        raise Problem(422, "invalid", "Give code or digest.")
    event = _take_turn(slug)
    reading = read_text(scan["code"], event.code) if "code" in scan else Reading(scan["digest"], None)
    heard = ScanIn(scan["nonce"], reading.digest, ScanMethod.CAMERA, scan["scanned_at"], reading.event_code)
    (result,) = record_in_turn(event, scan["device"], [heard], caller().member_id, now())
    commit()
    return result


def _take_turn(slug: str) -> DoorEvent:
    """Take the turn of an event that the caller manages, in the statement that finds it. Aborts with 404 or 403."""
    event = take_turn_at(slug, caller().chapter_ids)
    if event is None:
        get_managed(caller(), slug)
        abort(404)
    return event
