"""Pages that show every stranger the same: written once for what they show, and kept for a minute at most.

Nothing has to be forgotten when something changes: a page is kept under the rows it was made of, which each request
reads from the database first, so that other rows have another page. Any number of processes may keep their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from flask import current_app, request, session
from flask_security import current_user

from app.db import Base
from app.i18n import locale_code
from app.web import csp_nonce, said_in_address

MOST = 256  # pages of a minute; one more begins anew

# What reads a row that every page shows. The brand registers here.
EVERYWHERE: list[Callable[[], Base]] = []


def is_stranger() -> bool:
    """Tell whether a page may be shared: it greets nobody, and has no word left for this browser."""
    return not current_user.is_authenticated and "_flashes" not in session


def shared_page(shown: object, at: datetime, render: Callable[[], str], *own: str) -> str:
    """Return what `render` writes, or wrote in this minute for this address, language and frame, and what is `shown`.

    `shown` is compared by its repr. `own` are texts that belong to this answer alone, such as a form's token: each is
    put where `render` wrote the one of its own answer.
    """
    minute, own = at.replace(second=0, microsecond=0), (csp_nonce(), *own)
    kept: dict[bytes, str] = _kept_in(minute)
    frame = [columns(read()) for read in EVERYWHERE]
    address = (request.root_path, request.path, said_in_address())
    said = repr((address, locale_code(), frame, shown))
    key = hashlib.blake2b(said.encode()).digest()
    page = kept.get(key)
    if page is None:
        page = render()
        for number, text in enumerate(own):
            page = page.replace(text, _gap(number))
        if len(kept) >= MOST:
            kept.clear()  # in one step, for other threads read it meanwhile
        kept[key] = page
    for number, text in enumerate(own):
        page = page.replace(_gap(number), text)
    return page


def columns(row: Base, *without: str) -> list[object]:
    """Return what a row holds in its columns, those `without` left out."""
    names = (attribute.key for attribute in sa.inspect(type(row)).column_attrs)
    return [getattr(row, name) for name in names if name not in without]


def _kept_in(minute: datetime) -> dict[bytes, str]:
    last: tuple[datetime | None, dict[bytes, str]] = current_app.extensions.get("pages", (None, {}))
    if last[0] != minute:
        last = current_app.extensions["pages"] = minute, {}
    return last[1]


def _gap(number: int) -> str:
    return f"\0{number}\0"
