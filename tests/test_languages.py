"""Sentences in the language of the moment: it is looked up once, and never a moment too long."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, render_template_string

from app.i18n import _, _l, datetime_text, force_locale, locale_code, ngettext
from tests.client import Client

AT = datetime(2027, 3, 4, 18, tzinfo=UTC)


def said() -> list[str]:
    """Say the same things in each of the ways there are."""
    return [
        locale_code(),
        _("Sign in"),
        str(_l("Sign in")),
        ngettext("One seat left", "%(num)d seats left", 3),
        datetime_text(AT, "Europe/Paris"),
        render_template_string("{{ _('Sign in') }}"),
    ]


FRENCH = [
    "fr",
    "Se connecter",
    "Se connecter",
    "Plus que 3 places",
    "jeudi 4\u00a0mars\u00a02027 à\u00a019:00",
    "Se connecter",
]
ENGLISH = [
    "en",
    "Sign in",
    "Sign in",
    "3 seats left",
    "Thursday, 4\u00a0March\u00a02027 at\u00a019:00",
    "Sign in",
]


def test_a_language_that_is_forced_ends_where_it_began(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert said() == ENGLISH
        with force_locale("fr"):
            assert said() == FRENCH
            with force_locale("en"):
                assert said() == ENGLISH
            assert said() == FRENCH
        assert said() == ENGLISH


def test_a_language_is_forced_before_anything_was_said(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        with force_locale("fr"):
            assert said() == FRENCH
        assert said() == ENGLISH


def test_each_request_has_its_own(client: Client) -> None:
    for _visit in range(2):
        for language, words in (("fr", "Se connecter"), ("en", "Sign in")):
            assert words in client.get("/legal", headers={"Accept-Language": language}).text


def test_a_job_speaks_the_first_language_until_it_is_told_another(app: Flask) -> None:
    with app.app_context():
        assert said() == FRENCH
        with force_locale("en"):
            assert said() == ENGLISH
        assert said() == FRENCH


def test_a_lazy_sentence_is_said_in_the_language_in_which_it_is_read(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        with force_locale("fr"):
            lazy = _l("Sign in")
        assert str(lazy) == "Sign in"
        with force_locale("fr"):
            assert str(lazy) == _("Sign in") == "Se connecter"


def test_without_an_application_sentences_are_said_as_they_are_written() -> None:
    assert _("Sign in") == str(_l("Sign in")) == "Sign in"
    assert _("%(size)s of 100%%", size=3) == "3 of 100%"
    assert ngettext("One seat left", "%(num)d seats left", 3) == "3 seats left"


def test_values_are_escaped_in_a_page_and_not_in_a_text(app: Flask) -> None:
    page = "{{ _('Your account, %(name)s', name=name) }} {{ ngettext('%(num)d%%', '%(num)d%%', 5) }} {{ _('5%%') }}"
    with app.test_request_context("/?lang=en"):
        assert render_template_string(page, name="<b>") == "Your account, &lt;b&gt; 5% 5%"
        plain = "{% autoescape false %}" + page + "{% endautoescape %}"
        assert render_template_string(plain, name="<b>") == "Your account, <b> 5% 5%"
