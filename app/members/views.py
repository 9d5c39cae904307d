"""Sign-in, one's own page, consents, privacy."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("members", __name__)
