"""Where staff make the tokens of programs, and take them back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.api import actions_tokens as actions
from app.api.forms import SCOPES, TokenForm
from app.api.queries import get_token, most_scopes, tokens_of
from app.clock import now
from app.db import commit
from app.i18n import _
from app.web import allow

bp = Blueprint("tokens", __name__)


@bp.route("/", methods=["GET", "POST"])
@allow("cm", "admin", "marketing")
def index() -> ResponseReturnValue:
    """List one's tokens and make a new one, whose text this answer alone shows."""
    form, text = TokenForm.of(most_scopes(current_user)), None
    if form.validate_on_submit():
        days = int(form.days.data)
        _token, text = actions.create_token(
            current_user, str(form.name.data), form.scopes.data or [], days, now()
        )
        commit()
    return render_template(
        "api/tokens.html", form=form, tokens=tokens_of(current_user.id), text=text, scopes=SCOPES, now=now()
    )


@bp.post("/<int:token_id>/revoke")
@allow("cm", "admin", "marketing")
def revoke(token_id: int) -> ResponseReturnValue:
    actions.revoke_token(get_token(token_id, current_user.id), current_user, now())
    commit()
    flash(_("Revoked: this token opens nothing any more."), "success")
    return redirect(url_for("tokens.index"))
