"""QR codes as SVG."""

from __future__ import annotations

import io

import qrcode
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage

QUIET_ZONE = 4  # modules, ISO/IEC 18004


def qr_svg(text: str) -> Markup:
    """Return a QR code with error correction M, black on white, that scales to the width it is given."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    out = io.BytesIO()
    code.make_image(image_factory=SvgPathImage).save(out)
    svg = out.getvalue().decode()
    return Markup(svg[svg.index("<svg") :])  # noqa: S704 - made here, from black and white squares
