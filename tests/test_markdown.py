"""Markdown that staff write."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.markdown import markdown_summary, render_markdown


def test_headings_begin_below_the_title_of_the_page() -> None:
    for mark in ("#", "##", "####"):
        html = render_markdown(f"{mark} Programme\n\n{mark}# Accueil")
        assert html == "<h2>Programme</h2>\n<h3>Accueil</h3>\n"


def test_html_scripts_pictures_and_strange_links_do_not_pass() -> None:
    html = render_markdown("<script>x</script> [a](javascript:x) ![b](http://c.example/d.png) <b onclick=x>")
    assert "<script" not in html
    assert "<img" not in html
    assert "<b" not in html.replace("<br", "")
    assert 'href="javascript' not in html


def test_links_and_line_breaks_are_kept() -> None:
    html = render_markdown("Voir [le plan](https://plan.example)\nà l’entrée")
    assert html == (
        '<p>Voir <a href="https://plan.example" rel="noopener nofollow">le plan</a><br>\nà l’entrée</p>\n'
    )


def test_a_summary_is_cut_between_words() -> None:
    assert markdown_summary("**Bonjour** à toutes et à tous", 18) == "Bonjour à toutes…"
    assert markdown_summary("Court.") == "Court."


@given(st.text(max_size=300))
def test_no_text_opens_another_tag(text: str) -> None:
    html = render_markdown(text)
    assert "<script" not in html.lower()
    assert len(markdown_summary(text)) <= 160
