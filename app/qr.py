"""A QR code as SVG, drawn for scanners: level M, a quiet zone of four modules, black on white."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup

QUIET_ZONE = 4
MASK = 2  # of three columns in turn


@lru_cache(maxsize=256)
def qr_svg(text: str) -> Markup:
    """Return an <svg> that scales; its white ground is part of it, so that a dark page changes nothing."""
    import segno  # its tables are for those who show tickets and print badges

    # Scanners read every mask; comparing all eight for the best looking would take most of a ticket's time.
    code = segno.make_qr(text, error="m", boost_error=False, mask=MASK)
    rows = tuple(code.matrix)
    side = len(rows) + 2 * QUIET_ZONE
    runs = "".join(
        _run(x, y, length) for y, row in enumerate(rows, QUIET_ZONE) for x, length in _dark_runs(row)
    )
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def _run(x: int, y: int, length: int) -> str:
    return f"M{x + QUIET_ZONE} {y}h{length}v1h-{length}z"


def _dark_runs(row: bytearray) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of each run of dark modules, which are 1."""
    for run in re.finditer(rb"\x01+", row):
        yield run.start(), run.end() - run.start()
