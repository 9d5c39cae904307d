"""Rewards, and handing them over on site."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("rewards", __name__)
