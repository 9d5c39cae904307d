"""Turn a page into a PDF without touching the network: same page, same bytes.

Imported by the report job alone, since WeasyPrint loads Pango.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from flask import current_app
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# Fonts are cut down to the letters used and stamped with the time of that: fontTools takes it from here instead.
os.environ.setdefault("SOURCE_DATE_EPOCH", "0")

STATIC = Path(__file__).parent / "static"
ASSET = "asset:"
HOST = "https://terrain.invalid"  # a name that can never be reached (RFC 6761)
VARIANT = "pdf/ua-1"  # tagged, with a language and a title, for those who have it read aloud
# Emoji: no face of the PDF has them, so that they would print as boxes, or as some font of this machine has them.
PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
TYPES = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


class PdfError(RuntimeError):
    """A page asked for something that a PDF may not fetch, or that is not there."""


class _Fetcher(URLFetcher):
    """Serve files of app/static, assets given in memory and data: addresses; refuse everything else, loudly."""

    def __init__(self, base_url: str, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._base_url, self._assets = base_url, assets

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if url.startswith("file:") and url.endswith((".ttf", ".otf", ".ttc")):
            # A style sheet’s local(): it would make the file depend on the machine. WeasyPrint tries the next source.
            raise ValueError(f"a PDF uses no font of this machine, such as {url!r}")
        if url.startswith(ASSET):
            name = unquote(url.removeprefix(ASSET))
            body = self._assets.get(name)
        else:
            name = self._static_name(url)
            body = _static_file(name)
        kind = TYPES.get(PurePosixPath(name).suffix)
        if body is None or kind is None:
            # Left to itself WeasyPrint would log it and print a report that lacks a picture.
            raise FatalURLFetchingError(f"a PDF may not fetch {url!r}, or it does not exist")
        return URLFetcherResponse(url, body, {"Content-Type": kind})

    def _static_name(self, url: str) -> str:
        if not url.startswith(self._base_url):
            return ""
        return unquote(urlsplit(url.removeprefix(self._base_url)).path)


def static_base_url() -> str:
    """Return the address under which pages of this application name the files of app/static."""
    root = current_app.config["APPLICATION_ROOT"].rstrip("/")
    return f"{HOST}{root}/static/{current_app.extensions['static_version']}/"


def render_pdf(
    html: str,
    base_url: str,
    *,
    identifier: str,
    made_at: datetime,
    assets: Mapping[str, bytes] | None = None,
) -> bytes:
    """Lay an HTML page out as an accessible PDF (PDF/UA).

    `base_url` is the address whose paths are the files of app/static (see `static_base_url`); `assets` are
    the pictures made for this page, by the name that follows “asset:” in it. `identifier` and `made_at` are
    written into the file instead of a random number and the clock. Raises PdfError when the page asks for
    anything else.
    """
    try:
        page = HTML(string=html, base_url=base_url, url_fetcher=_Fetcher(base_url, assets or {}))
        document = page.render(pdf_variant=VARIANT)
    except FatalURLFetchingError as error:
        raise PdfError(str(error)) from error
    stamp = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = document.metadata.modified = stamp
    return bytes(document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier.encode()))


def _static_file(name: str) -> bytes | None:
    path = (STATIC / name).resolve()
    inside = path.is_relative_to(STATIC.resolve()) and path.is_file()
    return path.read_bytes() if inside else None
