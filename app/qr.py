"""A QR code as SVG, drawn for scanners: level M, a quiet zone of four modules, black on white."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

QUIET_ZONE = 4
MASK = 2  # of three columns in turn
DARK = re.compile(rb"\x01+")  # a run of dark modules


@lru_cache(maxsize=256)
def qr_svg(text: str) -> Markup:
    """Return an <svg> that scales; its white ground is part of it, so that a dark page changes nothing."""
    import segno  # its tables are for those who show tickets and print badges

    # Scanners read every mask; comparing all eight for the best looking would take most of a ticket's time.
    code = segno.make_qr(text, error="m", boost_error=False, mask=MASK)
    rows = tuple(code.matrix)
    side = len(rows) + 2 * QUIET_ZONE
    runs = "".join([_run(run, y) for y, row in enumerate(rows, QUIET_ZONE) for run in DARK.finditer(row)])
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def _run(run: re.Match[bytes], y: int) -> str:
    start, end = run.span()
    return f"M{start + QUIET_ZONE} {y}h{end - start}v1h-{end - start}z"
