"""The API's documentation: for programs as OpenAPI 3.1, for people as a page made of it."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.api.rules_docs import ABOUT_ERRORS, ABOUT_WEBHOOKS, read_spec
from app.errors import CODES
from app.web import public

bp = Blueprint("api_docs", __name__)

# Codes that say more than their status; with 409 comes the rule that said no.
SPECIAL = (
    (403, "insufficient-scope", "The token may not make this call."),
    (409, "unknown-member", "There is no such member, or the token may not know them."),
    (422, "answers", "An answer or a guest’s name is wrong or missing: `errors` says where."),
    (422, "idempotency-key-reused", "The key came with another call."),
)
ERRORS = sorted([*((status, code, HTTPStatus(status).phrase) for status, code in CODES.items()), *SPECIAL])


@bp.get("/v1/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return jsonify(current_app.extensions["openapi"])


@bp.get("/docs")
@public
def docs() -> ResponseReturnValue:
    spec = current_app.extensions["openapi"]
    about = spec["info"]["description"].split("\n\n")
    return render_template(
        "api/docs.html",
        chapters=read_spec(spec),
        about=about,
        errors=ERRORS,
        about_errors=ABOUT_ERRORS,
        about_webhooks=ABOUT_WEBHOOKS,
    )
