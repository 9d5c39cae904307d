"""Staff and members, for administrators."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import now
from app.db import commit, db
from app.errors import Refusal
from app.i18n import _, locale_code
from app.members.actions import find_or_create_member
from app.members.actions_roles import add_role, remove_role, reset_second_factor, welcome_staff
from app.members.forms_people import NewStaffForm, RoleForm, SearchForm
from app.members.models import Member
from app.members.queries_people import audit_log, deeds_about, names_in, search_members, staff
from app.members.rules_people import ROLES
from app.web import allow

bp = Blueprint("people", __name__)


@bp.get("/people")
@allow("admin")
def index() -> str:
    """Search all members, and list those who are staff."""
    form = SearchForm(request.args, meta={"csrf": False})
    words = (form.q.data or "").strip()
    found = search_members(words, request.args.get("page", 1, int))
    return render_template("members/people.html", form=form, words=words, found=found, staff=staff())


@bp.get("/people/<int:member_id>")
@allow("admin")
def person(member_id: int) -> str:
    """Show one member, their roles and what was done to them."""
    member = _get_member(member_id)
    deeds = deeds_about(member.id)
    names = names_in(deeds)
    form = RoleForm()
    return render_template(
        "members/person.html", member=member, form=form, roles=ROLES, deeds=deeds, names=names
    )


@bp.post("/people/<int:member_id>/roles")
@allow("admin")
def change_role(member_id: int) -> ResponseReturnValue:
    """Give a role or take it away. Somebody new to the staff is mailed the link to a password."""
    member, form = _get_member(member_id), RoleForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        if form.give.data == "yes":
            _give(member, str(form.role.data))
        else:
            remove_role(member, str(form.role.data), _admin())
            flash(_("The role is taken back, and every session of that person is closed."), "success")
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "error")
    else:
        commit()
    return redirect(url_for(".person", member_id=member_id))


@bp.post("/people/<int:member_id>/reset")
@allow("admin")
def reset(member_id: int) -> ResponseReturnValue:
    """Let a member of staff who lost their phone begin again."""
    member = _get_member(member_id)
    if not member.roles:
        abort(404)
    reset_second_factor(member, _admin())
    commit()
    flash(
        _("A link to a new password and authenticator is on its way to %(email)s.", email=member.email),
        "success",
    )
    return redirect(url_for(".person", member_id=member_id))


@bp.route("/people/new", methods=["GET", "POST"])
@allow("admin")
def new_staff() -> ResponseReturnValue:
    """Make somebody staff by their address, whether they are a member already or not."""
    form = NewStaffForm()
    if form.validate_on_submit():
        member = find_or_create_member(
            str(form.email.data), str(form.display_name.data), locale_code(), now()
        )
        _give(member, str(form.role.data))
        commit()
        return redirect(url_for(".person", member_id=member.id))
    return render_template("members/new_staff.html", form=form)


@bp.get("/audit")
@allow("admin")
def audit() -> str:
    """List what staff did, the newest first."""
    deeds = audit_log(request.args.get("page", 1, int))
    return render_template("members/audit.html", deeds=deeds, names=names_in(deeds.items))


def _give(member: Member, role: str) -> None:
    if add_role(member, role, _admin()) and not member.password:
        welcome_staff(member)
        flash(_("A link to a password is on its way to %(email)s.", email=member.email), "success")
    else:
        flash(_("The role is given."), "success")


def _get_member(member_id: int) -> Member:
    member = db.session.get(Member, member_id)
    if member is None or member.erased_at is not None:
        abort(404)
    return member


def _admin() -> Member:
    return cast(Member, current_user._get_current_object())
