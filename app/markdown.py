"""Markdown that staff write, as HTML that is safe to show."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}

# No HTML and no pictures: a page of the brand loads nothing from elsewhere. A line break is a line break.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough").disable("image")


@lru_cache(maxsize=256)
def render_markdown(text: str) -> Markup:
    """Return HTML whose highest heading is h2, however it was written: the page has its own h1."""
    tokens = _parser.parse(text)
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 4)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel="noopener nofollow"
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it


@lru_cache(maxsize=256)
def markdown_summary(text: str, length: int = 160) -> str:
    """Return the beginning of a text without its marks, cut between words, for search engines and previews."""
    plain = " ".join(render_markdown(text).striptags().split())
    if len(plain) <= length:
        return plain
    return plain[: length - 1].rsplit(" ", 1)[0].rstrip(",;:.–—") + "…"
