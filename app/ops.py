"""Operations: health, metrics, and the outbox for administrators."""

from __future__ import annotations

import hmac

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from app import metrics
from app.clock import now
from app.db import commit, db
from app.outbox import Message, MessageStatus, retry
from app.web import allow, public

bp = Blueprint("ops", __name__)

LOCAL = {"127.0.0.1", "::1"}


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that this process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say that the database answers too, and has the tables that this code wants."""
    try:
        db.session.execute(sa.select(Message.id).limit(1))
    except sa.exc.SQLAlchemyError:
        current_app.logger.exception("not ready")
        return {"status": "no database"}, 503
    return {"status": "ok"}


@bp.get("/metrics")
@public
def prometheus() -> ResponseReturnValue:
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        abort(403)
    if not token and request.remote_addr not in LOCAL:
        abort(403)
    return Response(metrics.exposition(), mimetype="text/plain; version=0.0.4")


@bp.get("/admin/outbox")
@allow("admin")
def outbox() -> ResponseReturnValue:
    """Show every mail and every attempt to send it."""
    query = sa.select(Message).options(selectinload(Message.attempts)).order_by(Message.id.desc())
    if (status := request.args.get("status")) in set(MessageStatus):
        query = query.where(Message.status == status)
    messages = db.paginate(query, per_page=50)
    return render_template("ops/outbox.html", messages=messages, statuses=MessageStatus)


@bp.post("/admin/outbox/<int:message_id>/retry")
@allow("admin")
def retry_message(message_id: int) -> ResponseReturnValue:
    message = db.get_or_404(Message, message_id)
    retry(message, now())
    commit()
    return redirect(url_for("ops.outbox"))
