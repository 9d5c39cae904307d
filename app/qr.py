"""A QR code as SVG, drawn for scanners: level M, a quiet zone of four modules, black on white."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

DRAWN = re.compile(r'width="(\d+)".* d="([^"]+)"', re.DOTALL)  # the side in modules, and the dark ones


@lru_cache(maxsize=256)
def qr_svg(text: str) -> Markup:
    """Return an <svg> that scales; its white ground is part of it, so that a dark page changes nothing."""
    import zxingcpp  # for those who show tickets and print badges alone

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = DRAWN.search(code.to_svg())
    assert drawn is not None  # noqa: S101 - what zxing-cpp writes
    side, dark = drawn.groups()
    return Markup(  # noqa: S704 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{dark}"/></svg>'
    )
