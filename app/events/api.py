"""What the door's devices say and hear: roster, scans, undo. JSON both ways; errors are problem documents.

Flask-WTF's form token does not guard these calls: each proves with the header X-Door-Token that a door page of ours
makes it, and the member's right to the event is looked up again each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn, cast

from flask import Blueprint, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.events.actions_door import ScanIn, ScanResult, record_at, undo_check_in
from app.events.actions_doorway import Doorway, hold_door_at
from app.events.forms_door import TOKEN_HEADER, event_of_token, read_scan, read_scans, read_undo
from app.events.models import Event
from app.events.queries import get_managed_event
from app.events.queries_door import get_event_code, roster, rows_of_digests
from app.events.rules_door import RosterEntry, doors_of
from app.i18n import _, locale_code
from app.intake import takes_json
from app.members.queries import Visitor
from app.members.views_security import roles_alone
from app.web import allow, csrf

bp = Blueprint("door_api", __name__)
csrf.exempt(bp)


@bp.get("/<slug>/roster")
@allow("cm", "admin")
@roles_alone
def show_roster(slug: str) -> ResponseReturnValue:
    """Return who may come in. The ETag lets a device ask often and hear little."""
    event = _get_event(slug, _visitor())
    doors = doors_of(event.starts_at, event.ends_at)
    body = {
        "event_code": event.code,
        "opens_at": _instant(doors.opens_at),
        "closes_at": _instant(doors.closes_at),
        "entries": [_line(entry) for entry in roster(event.id)],
    }
    response = jsonify(body)
    response.set_etag(hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32])
    return response.make_conditional(request)


@bp.post("/<slug>/scans")
@allow("cm", "admin")
@roles_alone
@takes_json
def add_scans(slug: str) -> ResponseReturnValue:
    """Record scans and answer each, in order. One that cannot be read gets an `error`, and the others their verdict."""
    by, at = _visitor(), now()
    event_id = _event_of_token(by)
    data = _load(read_scans)
    skew_ms = _skew_ms(data, at)
    heard = [_read(raw, partial(get_event_code, slug), skew_ms) for raw in data["scans"]]
    scans = [scan for scan in heard if isinstance(scan, ScanIn)]
    doorway = _hold_door(slug, by, event_id, {scan.digest for scan in scans})
    answers = iter(record_at(doorway, data["device"], scans, by.id, at) if scans else ())
    results = [_result(next(answers)) if isinstance(scan, ScanIn) else scan for scan in heard]
    commit()
    return jsonify(results=results)


@bp.post("/<slug>/undo")
@allow("cm", "admin")
@roles_alone
@takes_json
def undo(slug: str) -> ResponseReturnValue:
    """Take an arrival back, and tell which stands. Saying it twice is harmless."""
    by, at = _visitor(), now()
    event = _get_event(slug, by)
    data = _load(read_undo)
    moment = min(data["undone_at"] + (at - data["client_now"]), at)
    row = rows_of_digests(event.id, [data["digest"]]).get(data["digest"])
    check_in = undo_check_in(row.check_in_id if row and row.check_in_id else 0, by, moment)
    stands = check_in.arrived_at if check_in.undone_at is None else None
    commit()
    return jsonify(arrived_at=_instant(stands))


def _visitor() -> Visitor:
    return cast(Visitor, current_user._get_current_object())


def _event_of_token(by: Visitor) -> int:
    """Return the event whose door page of ours makes this call. Aborts with 403."""
    event_id = event_of_token(request.headers.get(TOKEN_HEADER, ""), by.id)
    return event_id if event_id is not None else _abort_old_page()


def _abort_old_page() -> NoReturn:
    abort(403, _("This page was opened too long ago. Reload it: the scans kept on this phone are sent then."))


def _get_event(slug: str, by: Visitor) -> Event:
    event: Event = get_managed_event(by, slug)
    return event if event.id == _event_of_token(by) else _abort_old_page()


def _hold_door(slug: str, by: Visitor, event_id: int, digests: Collection[str]) -> Doorway:
    """Come to the door of an event that the visitor runs, in the statement that finds it. Aborts with 404 or 403."""
    doorway = hold_door_at(slug, by.id, by.has_role("admin"), digests)
    if doorway is None:
        get_managed_event(by, slug)
        abort(403)
    return doorway if doorway.id == event_id else _abort_old_page()


def _load(read: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, Mapping):
        abort(400, _("The call’s body must be a JSON object."))
    try:
        return read(body)
    except ValidationError as error:
        abort(422, _("This call cannot be read: check %(fields)s.", fields=_fields(error)))


def _read(raw: Any, event_code: Callable[[], str], skew_ms: int) -> ScanIn | dict[str, Any]:
    try:
        return read_scan(raw, event_code, skew_ms)
    except ValidationError as error:
        nonce = raw.get("nonce") if isinstance(raw, Mapping) else None
        detail = _("This scan cannot be read: check %(fields)s.", fields=_fields(error))
        return {"nonce": nonce, "error": {"code": "invalid", "detail": detail}}


def _fields(error: ValidationError) -> str:
    return ", ".join(map(str, error.messages)) if isinstance(error.messages, Mapping) else "_schema"


def _skew_ms(data: Mapping[str, Any], at: datetime) -> int:
    """Return what to add to the device's clock. The way here counts as skew; a call that takes long is given up."""
    device_now: datetime = data["client_now"]
    return round((at - device_now).total_seconds() * 1000)


def _line(entry: RosterEntry) -> dict[str, Any]:
    return {
        "digest": entry.digest,
        "name": entry.name,
        "status": entry.status.value,
        "party_size": entry.party_size,
        "arrived_at": _instant(entry.arrival.at) if entry.arrival else None,
        "device": entry.arrival.device if entry.arrival else None,
    }


def _result(result: ScanResult) -> dict[str, Any]:
    return {
        "nonce": result.nonce,
        "verdict": result.verdict.value,
        "scanned_at": _instant(result.scanned_at),
        "digest": result.digest,
        "name": result.name,
        "party_size": result.party_size,
        "arrived_at": _instant(result.arrived_at),
        "device": result.device,
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


@bp.errorhandler(HTTPException)
def _problem(error: HTTPException) -> ResponseReturnValue:
    return _problem_document(error.code or 500, error.name, error.description)


@bp.errorhandler(Refusal)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    return _problem_document(409, refusal.code, str(refusal.message))


def _problem_document(status: int, title: str, detail: str | None) -> Response:
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    response.content_language = locale_code()
    return response
