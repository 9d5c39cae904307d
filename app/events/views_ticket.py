"""A ticket: its QR code, its calendar file, cancelling."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("tickets", __name__)
