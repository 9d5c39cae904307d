"""The brand's settings page, its stylesheet and its legal texts."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("brand", __name__)
