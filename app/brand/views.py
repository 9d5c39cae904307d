"""The brand's settings page, its stylesheet and its legal texts."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.local import LocalProxy

from app import pages
from app.brand import rules
from app.brand.actions import save_brand
from app.brand.forms import BILINGUAL, BrandForm
from app.brand.models import Brand
from app.brand.queries import get_brand
from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import LOCALES, _
from app.intake import takes_files
from app.media import store_picture
from app.web import allow, public

bp = Blueprint("brand", __name__)

PLAIN = ("name", "contact_email", "default_locale", "ink", "accent", "points_colour")


def brand_css_url() -> str:
    """Return the stylesheet's address, which changes with the colours so that it can be cached for ever."""
    brand = get_brand()
    colours = f"{brand.ink}{brand.accent}{brand.points_colour}"
    return url_for("brand.stylesheet", v=hashlib.sha256(colours.encode()).hexdigest()[:10])


@bp.record_once
def _give_templates_the_brand(state: Any) -> None:
    app: Flask = state.app
    # A proxy: a page that never asks for the brand, such as an error page, never reads it.
    app.jinja_env.globals.update(brand=LocalProxy(get_brand), brand_css_url=brand_css_url)


pages.EVERYWHERE.append(get_brand)


@bp.get("/brand.css")
@public
def stylesheet() -> ResponseReturnValue:
    brand = get_brand()
    css = rules.stylesheet(brand.ink, brand.accent, brand.points_colour)
    response = Response(css, mimetype="text/css")
    response.cache_control.public = True
    response.cache_control.max_age = 31_536_000
    response.cache_control.immutable = True
    return response


@bp.get("/legal")
@public
def legal() -> ResponseReturnValue:
    return render_template("brand/text.html", title=_("Legal and privacy"), texts=get_brand().legal)


@bp.get("/house-rules")
@public
def house_rules() -> ResponseReturnValue:
    return render_template("brand/text.html", title=_("House rules"), texts=get_brand().house_rules)


@bp.route("/admin/brand", methods=["GET", "POST"])
@allow("admin")
@takes_files("picture")
def settings() -> ResponseReturnValue:
    brand = get_brand()
    form = BrandForm.of(brand)
    if form.validate_on_submit() and _save(form):
        flash(_("Saved. Pages, mails and PDFs follow from now on."), "success")
        return redirect(url_for("brand.settings"))
    return render_template("brand/settings.html", form=form, shown=brand)


def _save(form: BrandForm) -> bool:
    values: dict[str, object] = {name: form[name].data for name in PLAIN}
    for name in BILINGUAL:
        values[name] = {code: (form[f"{name}_{code}"].data or "").strip() for code in LOCALES}
    try:
        logo = store_picture(form.picture.data.stream) if form.picture.data else None
    except Refusal as refusal:
        form.picture.errors = [str(refusal.message)]
        return False
    save_brand(values, logo, form.remove_logo.data, current_user.id, now())
    commit()
    return True


@bp.get("/admin/brand/preview")
@allow("admin")
def preview() -> ResponseReturnValue:
    """Show a sample page in colours that are not saved yet; the settings page frames it."""
    shown = Brand(name=request.args.get("name", "")[:80] or get_brand().name, logo=get_brand().logo)
    response = Response(
        render_template("brand/preview.html", shown=shown, query=request.query_string.decode())
    )
    policy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'"
    response.headers["Content-Security-Policy"] = policy
    return response


@bp.get("/admin/brand/preview.css")
@allow("admin")
def preview_stylesheet() -> ResponseReturnValue:
    saved = get_brand()
    asked = [request.args.get(name, "") for name in ("ink", "accent", "points_colour")]
    try:
        css = rules.stylesheet(*asked)
    except ValueError:
        css = rules.stylesheet(saved.ink, saved.accent, saved.points_colour)
    return Response(css, mimetype="text/css")
