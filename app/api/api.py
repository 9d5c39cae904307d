"""What every call shares: who makes it, how often, how it is documented, what its answer carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Request, Response, current_app, g, json, request
from flask_smorest.utils import prepare_response
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from app import limits
from app.api.actions_tokens import note_use
from app.api.forms_schemas import EITHER, ProblemSchema
from app.api.queries import Caller, find_caller
from app.api.rules import PREFIX, Scope, write_cursor
from app.clock import now
from app.db import commit
from app.errors import Problem, Refusal, problem
from app.web import absolute_url, csrf, token

PROBLEM_JSON = "application/problem+json"
ALWAYS = (401, 403, 429)  # what any call may be answered
ABOUT = """What community managers do in Terrain, for programs.

Send a token as `Authorization: Bearer terrain_…`. A token acts for the member of staff who made it and sees what they
see. Times are in UTC (RFC 3339). Errors are problem documents (RFC 9457); their `code` is stable. A list comes in
pages: follow `next` until it is null. Answers to GET have an ETag."""


# What the parts of an address are.
_IN_PATH = {
    name: {"in": "path", "name": name, "description": words}
    for name, words in {
        "slug": "The event’s slug.",
        "rsvp_id": "The Rsvp’s id.",
        "member_id": "The member’s id.",
    }.items()
}


class _Parser(FlaskParser):
    """Read bodies as the rest of Terrain does: JSON that is sent as JSON, at most as deep as can be read."""

    def _raw_load_json(self, req: Request) -> Any:
        if not req.is_json:
            raise Problem(415, "unsupported-media-type", "Send JSON, as application/json.")
        body = req.get_json(silent=True)
        if body is None:
            raise Problem(400, "bad-request", "The body is no JSON that can be read, or nothing.")
        return body


class Calls(flask_smorest.Blueprint):
    """Calls about one thing."""

    ARGUMENTS_PARSER = _Parser(unknown=None)

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, description=description)
        csrf.exempt(self)  # no cookie opens these: another site's page cannot make them
        self.register_error_handler(Refusal, _refused)
        self.after_request(_finish)

    def call(self, method: str, rule: str, scope: Scope, *errors: int) -> Callable[[Any], Any]:
        """Register a call, with the scope it needs and the errors it is documented to give."""

        def register(view: Any) -> Any:
            told = view
            for status in (*errors, *ALWAYS):
                told = self.alt_response(status, HTTPStatus(status).name)(told)
            told = self.doc(security=[{"token": [scope.value]}], operationId=view.__name__)(told)
            # Each of these wraps the view once more, to write this and nothing else.
            view._apidoc = told._apidoc
            if method == "POST":
                view.takes_json = True
            about = [_IN_PATH[name] for name in _IN_PATH if name in rule]
            return self.route(rule, methods=[method], parameters=about)(token(scope.value)(view))

        return register


class _Api(flask_smorest.Api):
    """Writes the documentation; errors are answered by app/errors.py."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            answer = {"description": status.phrase, "schema": ProblemSchema}
            prepare_response(answer, self.spec, PROBLEM_JSON)
            self.spec.components.response(status.name, answer, lazy=True)


def document(app: Flask, blueprints: tuple[Calls, ...], prefix: str) -> None:
    """Register the calls with their documentation, and the gate that reads tokens."""
    app.extensions["authenticate"] = _authenticate
    app.config.update(API_TITLE="Terrain", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    api = _Api(app, spec_kwargs={"info": {"description": ABOUT}, "marshmallow_plugin": plugin})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for blueprint in blueprints:
        api.register_blueprint(blueprint, url_prefix=prefix)
    spec = api.spec.to_dict()
    for name, rule in EITHER.items():
        spec["components"]["schemas"][name] |= rule
    app.extensions["openapi"] = spec


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _most() -> str:
    return f"{current_app.config['API_PER_MINUTE']} per minute"


def _who() -> str:
    """Return whose calls are counted together: those with one token, or from one address without any."""
    given = request.headers.get("Authorization")
    return hashlib.sha256(given.encode(errors="replace")).hexdigest() if given else limits.remote_address()


def _authenticate(scope: str) -> None:
    limits.count_try(_most(), _who(), "api")
    kind, _space, text = request.headers.get("Authorization", "").partition(" ")
    at = now()
    caller = find_caller(text.strip(), at) if kind.lower() == "bearer" and text.startswith(PREFIX) else None
    if caller is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="terrain"'}
        raise Problem(401, "unauthenticated", "Send a token that holds: Authorization: Bearer …", challenge)
    if scope not in caller.scopes:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        raise Problem(403, "insufficient-scope", f"This token may not do that: it needs {scope}.", challenge)
    g.caller = caller
    if note_use(caller, at):
        commit()


def caller() -> Caller:
    """Return who makes this call."""
    who: Caller = g.caller
    return who


def _refused(refusal: Refusal) -> Response:
    return problem(409, refusal.code, "Refused", str(refusal.message))


def _finish(response: Response) -> Response:
    """Give answers to GET an ETag; let no shared cache keep what a token showed."""
    response.headers["Vary"] = "Authorization"
    if request.method != "GET" or response.status_code != 200:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(tag_of(response.get_data()))
    response.make_conditional(request)
    return response


def tag_of(body: bytes) -> str:
    """Return the strong ETag of an answer."""
    return hashlib.sha256(body).hexdigest()[:32]


def written(schema: Schema, row: Any) -> bytes:
    """Return the bytes with which GET answers for a row."""
    return json.jsonify(schema.dump(row)).get_data()


def next_page(rows: list[Any], limit: int, **values: Any) -> str | None:
    """Return the address of the page after these rows, when `rows` holds one more than the page."""
    if len(rows) <= limit:
        return None
    values |= request.args.to_dict() | {"cursor": write_cursor(rows[limit - 1].id), "limit": limit}
    return absolute_url(str(request.endpoint), **values)
