"""Where staff set webhooks up, see what they were told, and tell it again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.api import actions_webhooks as actions
from app.api import queries_webhooks as queries
from app.api.forms import KINDS, WebhookForm
from app.api.models_webhooks import Webhook
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import _
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("webhooks", __name__)


@bp.route("/", methods=["GET", "POST"])
@allow("cm", "admin")
def index() -> ResponseReturnValue:
    """List one's webhooks and set up a new one, whose secret this answer alone shows."""
    form, made = WebhookForm(), None
    if form.validate_on_submit():
        made = _create(form)
    hooks = queries.webhooks_of(current_user.id)
    return render_template("api/webhooks.html", form=form, webhooks=hooks, made=made, kinds=KINDS)


def _create(form: WebhookForm) -> Webhook | None:
    name, url = str(form.name.data), str(form.url.data).strip()
    try:
        webhook = actions.create_webhook(current_user, name, url, form.kinds.data or [], now())
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal, "url")
        return None
    commit()
    return webhook


@bp.get("/<int:webhook_id>")
@allow("cm", "admin")
def show(webhook_id: int) -> ResponseReturnValue:
    """Show what a webhook was told."""
    webhook = queries.get_webhook(webhook_id, current_user.id)
    return render_template(
        "api/webhook.html",
        webhook=webhook,
        deliveries=queries.deliveries_of(webhook.id),
        kinds=KINDS,
        form=FlaskForm(),
    )


@bp.post("/<int:webhook_id>/deliveries/<int:delivery_id>/replay")
@allow("cm", "admin")
def replay(webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    webhook = queries.get_webhook(webhook_id, current_user.id)
    actions.replay(queries.get_delivery(webhook, delivery_id), now())
    commit()
    flash(_("It is sent again now."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook.id))


@bp.post("/<int:webhook_id>/end")
@allow("cm", "admin")
def end(webhook_id: int) -> ResponseReturnValue:
    actions.end_webhook(queries.get_webhook(webhook_id, current_user.id), current_user, now())
    commit()
    flash(_("Ended: it is told nothing any more."), "success")
    return redirect(url_for("webhooks.index"))
