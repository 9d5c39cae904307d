"""Check-ins, as a door of another make records them."""

from __future__ import annotations

from typing import Any

from flask import abort

from app.api.api import Calls, caller
from app.api.forms_schemas import CheckInIn, CheckInOut
from app.api.queries import Caller
from app.api.queries_events import get_managed
from app.api.rules import Scope
from app.clock import now
from app.db import commit
from app.errors import Problem
from app.events.actions_door import ScanIn, ScanResult, record_at
from app.events.actions_doorway import Doorway, hold_door_at
from app.events.models_door import ScanMethod
from app.events.queries_door import get_event_code
from app.events.rules_door import Reading, is_printed, read_text

bp = Calls("check-ins-api", "Check-ins at an event of a chapter that the token’s owner runs.")


@bp.call("POST", "/events/<slug>/check-ins", Scope.CHECK_INS_WRITE, 400, 404, 409, 415, 422)
@bp.arguments(CheckInIn())  # made once: making a schema costs more than reading with it
@bp.response(200, CheckInOut)
def check_in(scan: dict[str, Any], slug: str) -> ScanResult:
    """Check somebody in

    A scan that happened is recorded whatever it amounts to: look at `verdict`, of which “welcome” alone lets in. The
    nonce is what makes a call safe to repeat; an Idempotency-Key is not needed.
    """
    if ("code" in scan) == ("digest" in scan):
        raise Problem(422, "invalid", "Give code or digest.")
    reading = _read(scan, slug)
    heard = ScanIn(scan["nonce"], reading.digest, ScanMethod.CAMERA, scan["scanned_at"], reading.event_code)
    by = caller()
    doorway = _hold_door(slug, by, reading.digest)
    (result,) = record_at(doorway, scan["device"], [heard], by.member_id, now())
    commit()
    return result


def _read(scan: dict[str, Any], slug: str) -> Reading:
    if "digest" in scan:
        return Reading(scan["digest"], None)
    return read_text(scan["code"], get_event_code(slug) if is_printed(scan["code"]) else "")


def _hold_door(slug: str, by: Caller, digest: str) -> Doorway:
    """Come to the door of an event that the caller manages, in the statement that finds it. Aborts with 404 or 403."""
    doorway = hold_door_at(slug, by.member_id, by.chapter_ids is None, [digest])
    if doorway is None:
        get_managed(by, slug)
        abort(403)
    return doorway
