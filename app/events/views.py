"""What fans see: what's on, an event, a chapter, calendar feeds."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web import public

bp = Blueprint("events", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    return ""
