"""A QR code as SVG, drawn for scanners: level M, a quiet zone of four modules, black on white."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from markupsafe import Markup

QUIET_ZONE = 4
DARK = re.compile(rb"\x00+")  # a run of dark modules


@lru_cache(maxsize=256)
def qr_svg(text: str) -> Markup:
    """Return an <svg> that scales; its white ground is part of it, so that a dark page changes nothing."""
    import zxingcpp  # for those who show tickets and print badges alone

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = code.to_image(scale=1, add_quiet_zones=False)  # a byte for each module
    picture = bytes(memoryview(image))
    inside = math.isqrt(len(picture))
    rows = [picture[begin : begin + inside] for begin in range(0, len(picture), inside)]
    side = inside + 2 * QUIET_ZONE
    runs = "".join([_run(run, y) for y, row in enumerate(rows, QUIET_ZONE) for run in DARK.finditer(row)])
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def _run(run: re.Match[bytes], y: int) -> str:
    start, end = run.span()
    return f"M{start + QUIET_ZONE} {y}h{end - start}v1h-{end - start}z"
