"""Development's own pages: mails as they are read, the style guide, one-tap sign-in. Production has none of them."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from app import styleguide
from app.db import commit, db
from app.i18n import locale_code
from app.members.accounts import sign_in
from app.members.models import Member
from app.outbox import Message, write
from app.web import absolute_url, public, safe_next

bp = Blueprint("dev", __name__)


@bp.get("/outbox")
@public
def outbox() -> ResponseReturnValue:
    """Show the mails that were queued, the newest first."""
    messages = db.paginate(sa.select(Message).order_by(Message.id.desc()), per_page=50)
    for message in messages:
        write(message)
    return render_template("dev/outbox.html", messages=messages)


@bp.get("/outbox/<int:message_id>")
@public
def message(message_id: int) -> ResponseReturnValue:
    return render_template("dev/message.html", message=_written(message_id))


@bp.get("/outbox/<int:message_id>/html")
@public
def message_html(message_id: int) -> ResponseReturnValue:
    """Show a mail's HTML as a mail program does: styles, no scripts."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; frame-ancestors 'self'"
    return Response(_written(message_id).html, headers={"Content-Security-Policy": policy})


def _written(message_id: int) -> Message:
    """Load a mail as it would leave now, or as it left; nothing is committed."""
    message = db.get_or_404(Message, message_id)
    write(message)
    return message


@bp.get("/styleguide")
@public
def style_guide() -> ResponseReturnValue:
    return render_template("dev/styleguide.html", **styleguide.sample(locale_code()))


@bp.get("/sign-in/<token>")
@public
def sign_in_at_once(token: str) -> ResponseReturnValue:
    try:
        member = db.get_or_404(Member, _serializer().loads(token))
    except BadSignature:
        abort(404)
    sign_in(member, "dev")
    commit()
    return redirect(safe_next(request.args.get("next"), "/"))


def sign_in_url(member: Member, path: str = "/") -> str:
    """Return the address that signs a member in at once, second factor included, and opens a page."""
    return absolute_url("dev.sign_in_at_once", token=_serializer().dumps(member.id), next=path)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="dev-sign-in")
