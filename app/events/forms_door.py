"""What a device sends to the door, and the token that proves it comes from a door page of ours.

The page outlives a form's CSRF token, and its calls are JSON: so it carries a token of its own, for one event and one
member, in a header that another site's page cannot set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from app.clock import now
from app.events.actions_door import ScanIn
from app.events.models_door import ScanMethod
from app.events.rules_door import ROSTER_DIGEST_LENGTH, is_printed, read_text

TOKEN_HEADER = "X-Door-Token"  # noqa: S105 - its name
TOKEN_HOURS = 24
MOST_SCANS = 200  # in one call
_DIGEST = validate.Regexp(re.compile(rf"\A[0-9a-f]{{{ROSTER_DIGEST_LENGTH}}}([0-9a-f]{{40}})?\Z"))
_NONCE = validate.Regexp(re.compile(r"\A[A-Za-z0-9_-]{16,40}\Z"))
_DEVICE = validate.Regexp(re.compile(r"\A[A-Za-z0-9-]{1,40}\Z"))
_EVENT_CODE = validate.Regexp(re.compile(r"\A[A-Z0-9]{5}\Z"))
_SOME_DAY = validate.Range(datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


@cache  # making one costs as much as reading a token
def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="door")


def door_token(event_id: int, member_id: int) -> str:
    """Return the token that a door page sends back in the header X-Door-Token, good for a day."""
    return str(_signer(current_app.config["SECRET_KEY"]).dumps([event_id, member_id]))


def event_of_token(token: str, member_id: int) -> int | None:
    """Return the event for which a token was made, for this member and within the last day, or None."""
    try:
        event_id, owner_id, signed_at = _read_token(current_app.config["SECRET_KEY"], token)
    except BadSignature:
        return None
    is_in_force = timedelta(0) <= now() - signed_at <= timedelta(hours=TOKEN_HOURS)
    return event_id if owner_id == member_id and is_in_force else None


@lru_cache(maxsize=1000)  # a phone sends one and the same with each scan, all evening
def _read_token(secret: str, token: str) -> tuple[int, int, datetime]:
    (event_id, member_id), signed_at = _signer(secret).loads(token, return_timestamp=True)
    return event_id, member_id, signed_at


class _Moments(Schema):
    """Fields with an instant must say their offset; unknown fields are those of a newer page."""

    class Meta:
        unknown = EXCLUDE

    client_now = fields.AwareDateTime(required=True, validate=_SOME_DAY)


class ScansSchema(_Moments):
    """The envelope of a batch. Scans are read one by one, so that a bad one does not hold up the others."""

    device = fields.String(required=True, validate=_DEVICE)
    scans = fields.List(fields.Raw(allow_none=True), required=True, validate=validate.Length(1, MOST_SCANS))


class UndoSchema(_Moments):
    """An arrival taken back: the line of the roster, and when."""

    digest = fields.String(required=True, validate=_DIGEST)
    undone_at = fields.AwareDateTime(required=True, validate=_SOME_DAY)


class ScanSchema(Schema):
    """One scan: `code` is the text that was read, `digest` (with `event_code`) what a device keeps instead."""

    class Meta:
        unknown = EXCLUDE

    nonce = fields.String(required=True, validate=_NONCE)
    method = fields.Enum(ScanMethod, by_value=True, required=True)
    scanned_at = fields.AwareDateTime(required=True, validate=_SOME_DAY)
    code = fields.String(validate=validate.Length(1, 4000))
    digest = fields.String(validate=_DIGEST)
    event_code = fields.String(validate=_EVENT_CODE, allow_none=True)

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("code" in data) == ("digest" in data):
            raise ValidationError("Give `code` or `digest`.", "digest")


_SCANS, _UNDO, _SCAN = ScansSchema(), UndoSchema(), ScanSchema()  # making one costs more than reading with it


def read_scans(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a batch from its JSON, its scans as they came. Raises marshmallow's ValidationError."""
    return dict(_SCANS.load(body))


def read_undo(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an undo from its JSON. Raises marshmallow's ValidationError."""
    return dict(_UNDO.load(body))


def read_scan(raw: Any, event_code: Callable[[], str], skew_ms: int) -> ScanIn:
    """Return a scan from its JSON; `event_code` is asked when a code does not name its event.

    Raises marshmallow's ValidationError.
    """
    data: dict[str, Any] = _SCAN.load(raw)
    code = data.pop("code", None)
    if code is not None:
        reading = read_text(code, event_code() if is_printed(code) else "")
        data |= {"digest": reading.digest, "event_code": reading.event_code}
    return ScanIn(**data, clock_skew_ms=skew_ms)
