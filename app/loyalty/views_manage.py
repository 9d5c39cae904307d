"""Rewards, and handing them over on site."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.audit import record
from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import _
from app.intake import row_number, takes_files
from app.loyalty import actions, queries, rules
from app.loyalty.forms import HandOverForm, RewardForm
from app.loyalty.models import Redemption, Reward
from app.media import store_picture
from app.members.forms import show_refusal
from app.web import allow

bp = Blueprint("rewards", __name__)


@bp.get("/")
@allow("cm", "admin")
def index() -> ResponseReturnValue:
    return render_template("rewards/index.html", rewards=queries.all_rewards())


@bp.route("/new", methods=["GET", "POST"])
@allow("admin")
@takes_files("picture")
def new() -> ResponseReturnValue:
    form = RewardForm.of(None)
    if form.validate_on_submit() and _save(form, None):
        flash(_("The reward is there."), "success")
        return redirect(url_for("rewards.index"))
    return render_template("rewards/edit.html", form=form, reward=None)


@bp.route("/<int:reward_id>", methods=["GET", "POST"])
@allow("admin")
@takes_files("picture")
def edit(reward_id: int) -> ResponseReturnValue:
    reward = db.get_or_404(Reward, reward_id)
    form = RewardForm.of(reward)
    if form.validate_on_submit() and _save(form, reward):
        flash(_("Saved."), "success")
        return redirect(url_for("rewards.index"))
    return render_template("rewards/edit.html", form=form, reward=reward)


def _save(form: RewardForm, reward: Reward | None) -> bool:
    try:
        values = form.values()
        if form.picture.data:
            values["picture_id"] = store_picture(form.picture.data.stream).id
        if reward is None:
            reward = actions.create_reward(values, now())
        else:
            actions.update_reward(reward, values)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal, "name_fr")
        return False
    record("reward.save", f"reward:{reward.id}", current_user.id, cost=reward.cost, stock=reward.stock)
    commit()
    return True


@bp.route("/hand-over", methods=["GET", "POST"])
@allow("cm", "admin")
def hand_over() -> ResponseReturnValue:
    """Scan or type a reward's code; a GET with `code` in the address fills it in and changes nothing."""
    g.runs_wasm = True
    form = HandOverForm(code=request.args.get("code", ""))
    if form.validate_on_submit():
        try:
            handed = actions.hand_over(rules.clean_code(str(form.code.data)), current_user, now())
        except Refusal as refusal:
            db.session.rollback()
            form.code.errors = [str(refusal.message)]
        else:
            record("reward.hand-over", f"redemption:{handed.id}", current_user.id)
            commit()
            return redirect(url_for("rewards.hand_over", done=handed.id))
    done = request.args.get("done", type=row_number)
    handed_over = db.session.get(Redemption, done) if done else None
    if handed_over and handed_over.handed_over_by_id != current_user.id:
        handed_over = None  # only who has just handed it over is told for whom it was
    return render_template("rewards/hand_over.html", form=form, handed=handed_over)
