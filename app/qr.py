"""A QR code as SVG, drawn for scanners: level M, a quiet zone of four modules, black on white."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

QUIET_ZONE = 4
MASK = 2  # of three columns in turn


@lru_cache(maxsize=256)
def qr_svg(text: str) -> Markup:
    """Return an <svg> that scales; its white ground is part of it, so that a dark page changes nothing."""
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode  # it loads Pillow, which the web process does not need to start

    # Scanners read every mask; comparing all eight for the best looking would take most of a ticket's time.
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    side = len(rows)
    runs = "".join(_run(x, y, length) for y, row in enumerate(rows) for x, length in _dark_runs(row))
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def _run(x: int, y: int, length: int) -> str:
    return f"M{x} {y}h{length}v1h-{length}z"


def _dark_runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return (start, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((x, 1))
    return runs
