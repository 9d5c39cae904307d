"""Operations: health, metrics, the outbox for staff, and development's own pages."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("ops", __name__)
dev = Blueprint("dev", __name__)
