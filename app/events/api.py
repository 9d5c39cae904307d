"""What the door's devices say and hear: roster and scans."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("door_api", __name__)
