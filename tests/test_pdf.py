"""A PDF is the page, whole, the same each time, and made without asking the network for anything."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from pypdf import PdfReader

from app.pdf import HOST, STATIC, PdfError, render_pdf, static_base_url

BASE = f"{HOST}/static/abc/"
MADE_AT = datetime(2026, 12, 4, 18, 30, tzinfo=UTC)
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
FONT = """<style>
@font-face { font-family: Inter; src: url(vendor/fonts/inter-latin-wght-normal.woff2) }
body { font-family: Inter } strong { font-weight: 650 }
</style>"""


def make(body: str, head: str = "", **assets: bytes) -> bytes:
    html = f'<!doctype html><html lang="fr"><head><title>Étude</title>{head}</head><body>{body}</body></html>'
    named = {name.replace("_", "."): data for name, data in assets.items()}
    return render_pdf(html, BASE, identifier="study-7", made_at=MADE_AT, assets=named)


def test_the_words_and_figures_of_the_page_can_be_read_from_the_pdf() -> None:
    pdf = PdfReader(io.BytesIO(make("<h1>Test produit</h1><p>35\u00a0% · <strong>+32</strong></p>", FONT)))
    text = pdf.pages[0].extract_text()
    assert "Test produit" in text
    assert "35\u00a0% · +32" in text


def test_the_sheet_of_pdfs_holds_nothing_that_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    colours = set(re.findall(r"var\((--[\w-]+)\)", (STATIC / "css/pdf.css").read_text()))
    palette = "".join(f"{name}: #123456;" for name in colours)
    make("<h1>Étude</h1>", f'<style>:root {{ {palette} }}</style><link rel="stylesheet" href="css/pdf.css">')
    assert caplog.messages == []


def test_the_same_page_gives_the_same_bytes_whatever_the_time() -> None:
    first = make("<p>Bonjour <strong>à tous</strong></p>", FONT)
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC), tick=False):
        assert make("<p>Bonjour <strong>à tous</strong></p>", FONT) == first


def test_the_pdf_carries_the_date_and_the_identifier_it_is_given() -> None:
    pdf = PdfReader(io.BytesIO(make("<p>Bonjour</p>")))
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date == MADE_AT
    assert pdf.metadata.title == "Étude"
    identifiers: Any = pdf.trailer["/ID"]
    assert identifiers[0] == "study-7"


def test_the_pdf_can_be_read_aloud() -> None:
    catalogue: Any = PdfReader(io.BytesIO(make("<h1>Test produit</h1>"))).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "fr"


def test_pictures_made_for_the_page_are_drawn() -> None:
    without = make("<p>Bonjour</p>")
    assert len(make('<p>Bonjour</p><img alt="" src="asset:one.svg">', one_svg=SQUARE)) > len(without)
    assert make('<img alt="" src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E">')


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/logo.png",
        "http://127.0.0.1:8000/logo.png",
        "file:///etc/hostname.png",
        "/etc/logo.png",
        f"{BASE}../config.py",
        f"{BASE}%2e%2e/%2e%2e/requirements.svg",
        f"{HOST}/static/abcd/css/tokens.css",
        "css/absent.css",
        "asset:absent.svg",
        "ftp://example.org/logo.png",
    ],
)
def test_what_a_pdf_may_not_fetch_stops_it(address: str) -> None:
    with pytest.raises(PdfError, match="may not fetch"):
        make(f'<img alt="" src="{address}">')


def test_a_style_sheet_that_fetches_elsewhere_stops_it() -> None:
    with pytest.raises(PdfError, match="may not fetch"):
        make("<p>Bonjour</p>", '<style>@import url("https://example.org/a.css");</style>')
    with pytest.raises(PdfError, match="may not fetch"):
        make(
            "<p>Bonjour</p>", "<style>@font-face{font-family:A;src:url(https://example.org/a.woff2)}</style>"
        )


def test_a_font_of_the_machine_is_passed_over() -> None:
    """Style sheets offer local() fonts to browsers; in a PDF they would change its bytes from place to place."""
    local = "<style>@font-face { font-family: A; src: local('Liberation Sans') } p { font-family: A }</style>"
    assert make("<p>Bonjour</p>", local)


def test_links_to_elsewhere_are_links_and_are_not_fetched() -> None:
    assert make('<p><a href="https://example.org/">Voir</a></p>')


def test_the_addresses_that_templates_write_are_served(app: Flask) -> None:
    base = static_base_url()
    with app.app_context():
        static = app.jinja_env.globals["static"]
        assert callable(static)
        assert (HOST + static("css/tokens.css")).startswith(base)
        html = f'<html lang="fr"><link rel="stylesheet" href="{static("css/tokens.css")}"><p>Bonjour</p>'
        assert render_pdf(html, base, identifier="a", made_at=MADE_AT)
