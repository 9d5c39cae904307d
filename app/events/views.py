"""What fans see: what's on, an event, a chapter, calendar feeds."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("events", __name__)
