"""Where CMs write, publish and follow their chapters' events."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("manage", __name__)
