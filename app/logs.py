"""Logs: one line a request, with an id that the error page shows too. No personal data."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, has_request_context, request

SECRET_PATHS = re.compile(
    r"/(tickets|confirm|sign-in/link|staff/password/forgotten|staff/authenticator|surveys|media)/[^/]+"
)
_REQUESTS = logging.getLogger("app.request")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname, "logger": record.name}
        line |= {"message": record.getMessage(), "request_id": getattr(record, "request_id", "-")}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = g.get("request_id", "-") if has_request_context() else "-"
        return True


def init_app(app: Flask) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_RequestId())
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(request_id)s %(name)s %(message)s", "%H:%M:%S")
    handler.setFormatter(_Json() if app.config["LOG_FORMAT"] == "json" else plain)
    logger = logging.getLogger("app")
    logger.handlers = [handler]
    logger.setLevel(app.config["LOG_LEVEL"])
    logger.propagate = False
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = secrets.token_hex(6)
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    request_id = g.get("request_id", "-")
    response.headers.add("X-Request-Id", request_id)
    path = SECRET_PATHS.sub(r"/\1/…", request.path)
    took = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
    _REQUESTS.info("%s %s %d %.0fms", request.method, path, response.status_code, took)
    return response
