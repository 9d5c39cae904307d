"""A member's wallet: points, rewards, codes."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.events.queries_tickets import Place
from app.i18n import _
from app.loyalty import actions, queries, rules
from app.loyalty.actions_ledger import settle
from app.loyalty.forms import RedeemForm
from app.loyalty.models import Redemption
from app.members.models import Member
from app.panels import panel
from app.qr import qr_svg
from app.tokens import new_link_token
from app.web import signed_in

bp = Blueprint("loyalty", __name__)


def get_own_redemption(redemption_id: int) -> Redemption:
    """Return a redemption of the person signed in, or answer 404."""
    redemption = db.session.get(Redemption, redemption_id)
    if redemption is None or redemption.member_id != current_user.id:
        abort(404)
    return redemption


@bp.get("/points")
@signed_in
def wallet() -> ResponseReturnValue:
    """Show points and rewards; opening the wallet settles it, so a check-in of a minute ago is there."""
    settle(now(), current_user.id)
    commit()
    return render_template(
        "loyalty/wallet.html",
        balance=queries.balance(current_user.id),
        history=queries.history(current_user.id),
        rewards=queries.rewards_on_offer(),
        redemptions=queries.redemptions_of(current_user.id),
        form=RedeemForm(request_key=new_link_token()),
    )


@bp.post("/points/rewards/<int:reward_id>")
@signed_in
def redeem(reward_id: int) -> ResponseReturnValue:
    form = RedeemForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        redemption = actions.redeem(current_user, reward_id, str(form.request_key.data), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
        return redirect(url_for("loyalty.wallet"))
    commit()
    return redirect(url_for("loyalty.redemption", redemption_id=redemption.id))


@bp.get("/points/codes/<int:redemption_id>")
@signed_in
def redemption(redemption_id: int) -> ResponseReturnValue:
    """Show the code that a CM scans to hand the reward over."""
    taken = get_own_redemption(redemption_id)
    qr = qr_svg(rules.qr_text(taken.code))
    return render_template("loyalty/redemption.html", redemption=taken, qr=qr, form=FlaskForm())


@bp.post("/points/codes/<int:redemption_id>/cancel")
@signed_in
def cancel(redemption_id: int) -> ResponseReturnValue:
    taken = get_own_redemption(redemption_id)
    before = queries.balance(current_user.id)
    try:
        actions.cancel_redemption(taken.id, current_user.id, now())
    except Refusal as refusal:
        db.session.rollback()
        flash(str(refusal.message), "error")
    else:
        commit()
        if queries.balance(current_user.id) == before + taken.cost:
            flash(_("Your points are back."), "success")
        else:
            flash(_("The reward is cancelled. The list below says what became of its points."), "info")
    return redirect(url_for("loyalty.wallet"))


@panel("me", order=20)
def points_panel(member: Member) -> str:
    return render_template("loyalty/panel.html", balance=queries.balance(member.id))


@panel("ticket", order=30)
def ticket_panel(place: Place) -> str:
    """Show who came the points that their wallet holds."""
    points = queries.balance(place.rsvp.member_id)
    return render_template("loyalty/panel.html", balance=points) if points else ""
