"""Reports to read, to ask for, to download."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reports", __name__)
