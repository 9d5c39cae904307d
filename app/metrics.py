"""Figures for Prometheus: requests by endpoint, and what waits in the outbox."""

from __future__ import annotations

import time

import sqlalchemy as sa
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from app.db import db
from app.outbox import Message

REQUESTS = Counter("terrain_requests", "Answers given.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "terrain_request_seconds",
    "Time to answer.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def init_app(app: Flask) -> None:
    app.after_request(_count)


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    if "started" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


def exposition() -> bytes:
    """Return all figures in Prometheus' text format, of all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    registry = CollectorRegistry()
    waiting = Gauge("terrain_outbox_messages", "Mails by status.", ["status"], registry=registry)
    rows = db.session.execute(sa.select(Message.status, sa.func.count()).group_by(Message.status))
    for status, count in rows:
        waiting.labels(status.value).set(count)
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # one process: no shared folder
        for collector in (REQUESTS, SECONDS):
            registry.register(collector)
    return generate_latest(registry)
