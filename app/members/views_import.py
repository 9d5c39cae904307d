"""Importing people from a CSV file."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("people_import", __name__)
