"""Refusals that a person can act on, and the error pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from flask_babel import LazyString


class Refusal(Exception):
    """A rule says no. `code` is for programs, `message` for the person, `field` names the form field."""

    def __init__(self, code: str, message: str | LazyString, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field


PAGES = {400, 403, 404, 429, 500}


def init_app(app: Flask) -> None:
    """Answer errors with a page that needs no database, or with problem JSON under /api and the door."""
    app.register_error_handler(HTTPException, _answer)


def _answer(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error
    code = error.code or 500
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        body = {
            "type": "about:blank",
            "title": error.name,
            "status": code,
            "detail": error.description,
            "request_id": g.get("request_id"),
        }
        return body, code, {"Content-Type": "application/problem+json", **_retry_after(error)}
    g.database_free = True  # the database may be what broke: the language comes from the browser
    page = code if code in PAGES else (400 if code < 500 else 500)
    detail = error.description if error.description != type(error).description else None  # our own words
    html = render_template(f"errors/{page}.html", code=code, detail=detail, request_id=g.get("request_id"))
    return html, code, _retry_after(error)


def _retry_after(error: HTTPException) -> dict[str, str]:
    retry = getattr(error, "retry_after", None)
    return {"Retry-After": str(retry)} if retry else {}
