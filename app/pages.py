"""Pages that show every stranger the same: written once for what they show, and kept for a minute at most.

Nothing has to be forgotten when something changes: a page is kept under the rows it was made of, which each request
reads from the database first, so that other rows have another page. Any number of processes may keep their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime

import sqlalchemy as sa
from flask import current_app, request, session
from flask_security import current_user

from app.db import Base
from app.i18n import locale_code
from app.web import csp_nonce, said_in_address

MOST = 256  # pages of a minute; one more begins anew

# What reads a thing that every page shows, and that is another object when it changed. The brand registers here.
EVERYWHERE: list[Callable[[], Hashable]] = []

Own = Callable[[], str]


def is_stranger() -> bool:
    """Tell whether a page may be shared: it greets nobody, and has no word left for this browser."""
    return not current_user.is_authenticated and "_flashes" not in session


def shared_page(shown: Hashable, at: datetime, render: Callable[[], str], *own: Own) -> str:
    """Return what `render` writes, or wrote in this minute for this address, language and frame, and what is `shown`.

    `own` give texts that belong to this answer alone, such as a form's token: each is put where `render` wrote the one
    of its own answer.
    """
    page = find_page(shown, at, *own)
    return keep_page(render(), shown, at, *own) if page is None else page


def find_page(shown: Hashable, at: datetime, *own: Own) -> str | None:
    """Find the page that was kept for what is `shown`, with the texts of this answer in it."""
    page = _kept_in(at).get(_place(shown))
    if page is not None:
        for number, text in enumerate((csp_nonce, *own)):
            page = page.replace(_gap(number), text())
    return page


def keep_page(page: str, shown: Hashable, at: datetime, *own: Own) -> str:
    """Keep a page for others who are to be shown the same, without the texts of this answer; return it with them."""
    kept, general = _kept_in(at), page
    for number, text in enumerate((csp_nonce, *own)):
        general = general.replace(text(), _gap(number))
    if len(kept) >= MOST:
        kept.clear()  # in one step, for other threads read it meanwhile
    kept[_place(shown)] = general
    return page


def columns(row: Base, *without: str) -> tuple[object, ...]:
    """Return what a row holds in its columns, those `without` left out."""
    names = (attribute.key for attribute in sa.inspect(type(row)).column_attrs)
    return tuple(getattr(row, name) for name in names if name not in without)


def _place(shown: Hashable) -> Hashable:
    said = tuple((name, *values) for name, values in said_in_address().items())
    frame = tuple(read() for read in EVERYWHERE)
    return request.root_path, request.path, said, locale_code(), frame, shown


def _kept_in(at: datetime) -> dict[Hashable, str]:
    minute = at.replace(second=0, microsecond=0)
    last: tuple[datetime | None, dict[Hashable, str]] = current_app.extensions.get("pages", (None, {}))
    if last[0] != minute:
        last = current_app.extensions["pages"] = minute, {}
    return last[1]


def _gap(number: int) -> str:
    return f"\0{number}\0"
