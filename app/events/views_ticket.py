"""A ticket: its QR code, its calendar file, cancelling."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web import public

bp = Blueprint("tickets", __name__)


@bp.get("/<token>")
@public
def ticket(token: str) -> ResponseReturnValue:
    return token
