"""Writing a product test and following it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("studies", __name__)
