"""Importing people from a CSV file."""

from __future__ import annotations

from flask import Blueprint

from app.members.models_import import ImportStash  # noqa: F401

bp = Blueprint("people_import", __name__)
