"""Refusals that a person can act on, the error pages, and the errors that programs read."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from traceback import format_tb
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, g, jsonify, render_template, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    MethodNotAllowed,
    ServiceUnavailable,
)

from app.db import db
from app.i18n import FOR_PROGRAMS, _
from app.web import safe_next

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


PAGES = {400, 403, 404, 409, 429, 500}
# How PostgreSQL and SQLite say that a row is there already, or that what it points to is gone.
OUTRUN = {
    "23503",
    "23505",
    "SQLITE_CONSTRAINT_FOREIGNKEY",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_UNIQUE",
}


def init_app(app: Flask) -> None:
    """Answer errors with a page that needs no database, or with problem JSON under /api and the door."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(StaleDataError, _answer_outrun)
    app.register_error_handler(IntegrityError, _answer_outrun)


def _answer_outrun(error: StaleDataError | IntegrityError) -> ResponseReturnValue:
    """Undo all, and say so, when what was read was changed by somebody else before it could be written."""
    if isinstance(error, IntegrityError) and not _was_outrun(error.orig):
        raise error  # a mistake of ours
    db.session.rollback()
    # Where, in case that it was ours all the same; of what PostgreSQL says only the line that names nobody.
    what, where = str(getattr(error, "orig", error)).partition("\n")[0], format_tb(error.__traceback__)
    logging.getLogger("app").warning("somebody was faster: %s\n%s", what, "".join(where))
    words = _("Somebody changed this at the same moment: nothing was done. Try again.")
    # A script, such as the door’s, takes a 409 for a no, and asks again after a 503.
    return _answer(ServiceUnavailable(words, retry_after=1) if _is_asked_by_script() else Conflict(words))


def _was_outrun(cause: BaseException | None) -> bool:
    return bool(OUTRUN & {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)})


def _answer(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error
    code = error.code or 500
    if request.path.startswith(FOR_PROGRAMS):
        return _problem_of(error, code)
    if _is_asked_by_script():
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
    names = {"detail": detail, "request_id": g.get("request_id"), "came_from": _came_from()}
    return render_template(f"errors/{page}.html", **names), code, _retry_after(error)


def _is_asked_by_script() -> bool:
    wanted = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return wanted == "application/json" or request.path.startswith(FOR_PROGRAMS)


def _came_from() -> str:
    """Return the page of ours that sent this request, or the home page."""
    referrer = urlsplit(request.referrer or "")
    return safe_next(referrer.path if referrer.netloc == request.host else None, "/")


def _retry_after(error: HTTPException) -> dict[str, str]:
    """Say in how many seconds one may ask again, where an error says so."""
    after = getattr(error, "retry_after", None)
    return {"Retry-After": str(after)} if after else {}


# What a program reads of an error that has no code of its own.
CODES = {
    400: "bad-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "internal-error",
    503: "try-again",
}


class Problem(HTTPException):
    """An error for programs with a code of its own; `headers` go with the answer, `errors` name what is wrong where."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: dict[str, str] | None = None,
        errors: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.code, self.slug, self.more_headers, self.errors = status, code, headers or {}, errors


def problem(status: int, code: str, title: str, detail: str | None, **more: Any) -> Response:
    """Return a problem document (RFC 9457). `code` is stable, and `type` is where it is explained."""
    body = {
        "type": f"/api/docs#{code}",
        "code": code,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    response = jsonify(body | more)
    response.status_code, response.content_type = status, "application/problem+json"
    response.cache_control.no_store = True
    return response


def pointer(*steps: str | int) -> str:
    """Return where something is in a JSON body: a JSON pointer (RFC 6901) as the fragment of an address."""
    return "#" + "".join(
        f"/{quote(str(step).replace('~', '~0').replace('/', '~1'), safe='~')}" for step in steps
    )


def _errors_in(messages: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is wrong, from {"json": {field: [sentence] or {field: …}}, "query": …}."""
    for location, within in messages.items():
        for steps, sentence in _leaves(within, ()):
            if location == "json":
                yield {"pointer": pointer(*steps), "detail": sentence}
            else:
                yield {"parameter": str(steps[0]) if steps else "", "detail": sentence}


def _leaves(within: Any, steps: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(within, Mapping):
        for name, inner in within.items():
            yield from _leaves(inner, steps if name == "_schema" else (*steps, name))
    elif isinstance(within, list):
        for sentence in within:
            yield steps, str(sentence)


def _problem_of(error: HTTPException, status: int) -> Response:
    data = getattr(error, "data", None) or {}  # what webargs says of the fields of a call
    errors = error.errors if isinstance(error, Problem) else list(_errors_in(data.get("messages", {})))
    more = {"errors": errors} if errors else {}
    code = error.slug if isinstance(error, Problem) else CODES.get(status, "error")
    response = problem(status, code, error.name, error.description, **more)
    response.headers.extend(_retry_after(error))
    if isinstance(error, Problem):
        response.headers.extend(error.more_headers)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response
