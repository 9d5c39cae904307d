"""A member's wallet: points, rewards, codes."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("loyalty", __name__)
