"""The Idempotency-Key of a call."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, make_response, request

from app.api.actions_answers import claim_key, keep_answer
from app.api.api import caller
from app.api.models import KeptAnswer
from app.clock import now
from app.db import commit
from app.errors import Problem

View = TypeVar("View", bound=Callable[..., Any])
HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

# How the header is documented.
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "description": "Any text of your own. The same call with the same key within 24 hours is done once and gets the "
    "first answer again; another call with it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def once(view: View) -> View:
    """Let a view, which does not commit, do once what comes with one key, and commit it with its answer.

    An error keeps nothing: what was refused may be asked again with the same key.
    """

    @wraps(view)
    def answer(*arguments: Any, **values: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            response = make_response(view(*arguments, **values))
            commit()
            return response
        if not _KEY.fullmatch(key):
            raise Problem(422, "invalid", f"{HEADER} takes 1 to 200 visible ASCII characters.")
        token_id, asked = caller().token_id, _digest()
        kept = claim_key(token_id, key, asked, now())
        if kept is not None:
            return _again(kept, asked)
        response = make_response(view(*arguments, **values))
        location, body = response.headers.get("Location", ""), response.get_data(as_text=True)
        keep_answer(token_id, key, response.status_code, location, body)
        commit()
        return response

    return answer  # type: ignore[return-value]


def _digest() -> str:
    """Return a digest of what is asked: the same bytes, sent to the same place."""
    asked = hashlib.sha256(f"{request.method} {request.path}\n".encode(errors="replace"))
    asked.update(request.get_data())
    return asked.hexdigest()


def _again(kept: KeptAnswer, asked: str) -> Response:
    if kept.request_digest != asked:
        raise Problem(422, "idempotency-key-reused", "This key came with another call: take a new one.")
    response = Response(kept.body, kept.status, mimetype="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    if kept.location:
        response.headers["Location"] = kept.location
    return response
