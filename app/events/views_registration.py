"""Taking a seat, and proving the address it was taken with."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.web import public

bp = Blueprint("registration", __name__)


@bp.get("/confirm/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    return token
