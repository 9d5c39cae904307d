"""Icons: Lucide's SVG files, put inline so that they take the colour of the text beside them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from flask import current_app
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent.parent / "vendor" / "lucide"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class UnknownIcon(LookupError):
    """Say that Lucide has no such icon, or that the vendor files are missing."""


def icon(name: str, label: str | None = None, size: int | None = None) -> Markup:
    """Return the icon as inline SVG: decoration unless `label` says in words what it means.

    `size` is in CSS pixels; without it the icon follows the size of the text (css/base.css). An unknown name raises
    in development and in tests; in production the page goes without its picture.
    """
    try:
        shapes = _shapes(name)
    except UnknownIcon:
        if current_app.debug or current_app.testing or current_app.config.get("DEVELOPMENT"):
            raise
        shapes = ""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    sides = f' width="{size}" height="{size}"' if size else ""
    return Markup(  # noqa: S704 - the name is checked, the label escaped, the shapes come from our own files
        f'<svg class="icon{" sized" if size else ""}" {meaning} focusable="false"{sides} viewBox="0 0 24 24"'
        ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
        f"{shapes}</svg>"
    )


@cache
def _shapes(name: str) -> str:
    """Read what is between <svg> and </svg>, on one line."""
    if not NAME.fullmatch(name):
        raise UnknownIcon(f"not an icon name: {name!r}")
    try:
        text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnknownIcon(f"no icon {name!r} in {FOLDER}: see lucide.dev, or run `make setup`") from None
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return re.sub(r"\s*\n\s*", "", inner)
