"""The door page."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("door", __name__)
