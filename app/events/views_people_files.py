"""An event's list of people as a file, for the CMs of its chapter. Each download is noted in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask_security import current_user

from app.audit import record
from app.clock import now
from app.db import commit
from app.events.models import Event
from app.events.queries import get_managed_event
from app.events.queries_people_export import people_rows
from app.events.queries_questions import sees_sensitive
from app.events.rules_people import Search
from app.i18n import _, locale_code
from app.sheets import csv_chunks, file_chunks, xlsx_file
from app.web import allow

bp = Blueprint("people_files", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/<slug>/people.csv")
@allow("cm", "admin")
def as_csv(slug: str) -> Response:
    """Stream the people that the page shows as CSV, with the separator that Excel expects in the page's language."""
    event, rows = _note(slug, "csv")
    chunks = csv_chunks(rows, ";" if locale_code() == "fr" else ",")
    return _download(event, stream_with_context(chunks), "text/csv; charset=utf-8", "csv")


@bp.get("/<slug>/people.xlsx")
@allow("cm", "admin")
def as_xlsx(slug: str) -> Response:
    """Send the people that the page shows as a workbook, written to a temporary file first."""
    event, rows = _note(slug, "xlsx")
    return _download(event, file_chunks(xlsx_file(_("Who registered"), rows)), XLSX, "xlsx")


def _note(slug: str, kind: str) -> tuple[Event, Iterator[list[Any]]]:
    event = get_managed_event(current_user, slug)
    search = Search.of(request.args, {slot.id for slot in event.slots})
    rows = people_rows(event, search, sees_sensitive(current_user, event))
    standing = search.standing.value if search.standing else "all"
    record("people.export", f"event:{event.id}", current_user.id, kind=kind, status=standing)
    commit()  # the journal knows before the first byte leaves
    return event, rows


def _download(event: Event, body: Iterator[bytes], mimetype: str, ending: str) -> Response:
    day = now().date().isoformat()
    headers = {"Content-Disposition": f"attachment; filename={event.slug}-{day}.{ending}"}
    return Response(body, content_type=mimetype, headers=headers)
