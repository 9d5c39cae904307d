"""The API's documentation: for programs as OpenAPI 3.1, for people as a page made of it."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.api.rules_docs import read_spec
from app.web import public

bp = Blueprint("api_docs", __name__)


@bp.get("/v1/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return jsonify(current_app.extensions["openapi"])


@bp.get("/docs")
@public
def docs() -> ResponseReturnValue:
    spec = current_app.extensions["openapi"]
    return render_template("api/docs.html", chapters=read_spec(spec), about=spec["info"]["description"])
