"""Figures for Prometheus: requests by endpoint, and what waits in the outbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

import sqlalchemy as sa
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.db import db
from app.outbox import Message

REQUESTS = Counter("terrain_requests", "Answers given.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "terrain_request_seconds",
    "Time to answer.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST"})  # a stranger may invent others without end


def init_app(app: Flask) -> None:
    app.after_request(_count)


_requests, _seconds = cache(REQUESTS.labels), cache(SECONDS.labels)  # which look each up under a lock


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    _requests(endpoint, method, response.status_code).inc()
    if started := g.get("started"):
        _seconds(endpoint).observe(time.perf_counter() - started)
    return response


class _Outbox(Collector):
    """Mails by status, asked of the database: a Gauge would be kept, and shown, by each process."""

    def collect(self) -> Iterator[Metric]:
        mails = GaugeMetricFamily("terrain_outbox_messages", "Mails by status.", labels=["status"])
        rows = db.session.execute(sa.select(Message.status, sa.func.count()).group_by(Message.status))
        for status, count in rows:
            mails.add_metric([status.value], count)
        yield mails


def exposition() -> bytes:
    """Return all figures in Prometheus' text format, of all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    registry = CollectorRegistry()
    registry.register(_Outbox())
    try:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # one process: no shared folder
        for collector in (REQUESTS, SECONDS):
            registry.register(collector)
    return generate_latest(registry)
