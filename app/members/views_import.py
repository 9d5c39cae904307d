"""Importing people: choose a file, look at what it would change, import it."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from app.clock import now
from app.db import commit
from app.errors import Refusal
from app.i18n import _, _l, locale_code
from app.intake import takes_files
from app.members import rules_import_words as words
from app.members.actions_import import import_people, keep_upload, preview_import, read_people, take_upload
from app.members.forms_import import ConfirmForm, UploadForm
from app.members.models_import import ImportStash
from app.members.queries_import import about_upload, find_last_import, find_stash, was_imported
from app.members.rules_import_read import MAX_BYTES
from app.web import allow

bp = Blueprint("people_import", __name__)

PEOPLE_SHOWN = 10
LINES_SHOWN = 100
GONE = _l("This file was imported, given up, or is older than an hour. Choose it again.")


@bp.route("", methods=["GET", "POST"])
@allow("admin")
@takes_files("file")
def start() -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        upload = form.file.data
        data = upload.stream.read(MAX_BYTES + 1)
        try:
            read_people(data)
        except Refusal as refusal:
            form.file.errors = [str(refusal.message)]
        else:
            stash = keep_upload(data, upload.filename, current_user, now())
            commit()
            return redirect(url_for("people_import.preview", stash_id=stash.id))
    return render_template("members/import.html", form=form)


@bp.get("/<int:stash_id>")
@allow("admin")
def preview(stash_id: int) -> ResponseReturnValue:
    stash = _stash(stash_id)
    parsed = read_people(stash.content)
    shown = preview_import(parsed, now())
    return render_template(
        "members/import_preview.html",
        form=ConfirmForm(),
        stash=stash,
        parsed=parsed,
        counts=shown.counts,
        people=shown.people[:PEOPLE_SHOWN],
        refused=parsed.refused[:LINES_SHOWN],
        remarks=shown.remarks[:LINES_SHOWN],
        remark_count=len(shown.remarks),
        proves_consents=any(row.consents for row in parsed.rows),
        words=words,
    )


@bp.get("/<int:stash_id>/refused.csv")
@allow("admin")
def refused_lines(stash_id: int) -> ResponseReturnValue:
    """Download every refused line with its reason; a sentence never starts like a formula."""
    parsed = read_people(_stash(stash_id).content)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if locale_code() == "fr" else ",")
    writer.writerow([_("Line"), _("Reason")])
    writer.writerows([remark.number, words.explain_line(remark)] for remark in parsed.refused)
    body = out.getvalue().encode("utf-8-sig")  # the mark tells Excel that it is UTF-8
    name = _("refused-lines.csv")
    return Response(
        body, mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"}
    )


@bp.post("/<int:stash_id>")
@allow("admin")
def confirm(stash_id: int) -> ResponseReturnValue:
    if not ConfirmForm().validate_on_submit():
        return redirect(url_for("people_import.preview", stash_id=stash_id))
    content = take_upload(stash_id, current_user.id, now())
    if content is not None:
        import_people(read_people(content), current_user, now(), about_upload(stash_id))
        commit()
    elif was_imported(stash_id, current_user.id):
        flash(
            _("This file was imported already, from another tab or by another tap: nothing was done twice."),
            "info",
        )
    else:
        abort(404, str(GONE))
    return redirect(url_for("people_import.done"))


@bp.post("/<int:stash_id>/forget")
@allow("admin")
def forget(stash_id: int) -> ResponseReturnValue:
    if ConfirmForm().validate_on_submit():
        if take_upload(stash_id, current_user.id, now()) is None:
            abort(404, str(GONE))
        commit()
        flash(_("Nothing was imported and the file is forgotten."), "success")
    return redirect(url_for("people_import.start"))


@bp.get("/done")
@allow("admin")
def done() -> ResponseReturnValue:
    entry = find_last_import(current_user.id)
    if entry is None:
        abort(404)
    return render_template("members/import_done.html", counts=entry.details, words=words)


def _stash(stash_id: int) -> ImportStash:
    stash = find_stash(stash_id, current_user.id, now())
    if stash is None:
        abort(404, str(GONE))
    return stash
