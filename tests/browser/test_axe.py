"""Every page, as axe-core and a strict browser see it: in both languages, small and large, in light and in the dark."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from werkzeug.serving import make_server

from app.db import db
from app.web import absolute_url, access_of, scope_of
from tests.client import run_jobs
from tests.conftest import make_app
from tests.world import NO_PAGES, World, browse_as, make_world, visits

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent.parent.parent / "node_modules/axe-core/axe.min.js"
RUN = """async ([rules, also, without]) => {
  const options = { resultTypes: ["violations"], iframes: false };
  if (rules.length) options.runOnly = rules;
  const enabled = [...also.map((rule) => [rule, true]), ...without.map((rule) => [rule, false])];
  options.rules = Object.fromEntries(enabled.map(([rule, enabled]) => [rule, { enabled }]));
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.target.join(" ")) }));
}"""
SERIOUS = {"moderate", "serious", "critical"}
# What axe leaves out unless asked: WCAG 2.2's size of targets, and experiments that find real faults.
ALSO = [
    "target-size",
    "label-content-name-mismatch",
    "table-fake-caption",
    "td-has-header",
    "css-orientation-lock",
]
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # what the dark may change, and a language cannot
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
FANS = {"visitor", "fan", "registering"}


@dataclass
class Site:
    """The application with one example of everything, served at an address."""

    app: Flask
    world: World
    address: str

    @property
    def nowhere(self) -> str:
        return f"{self.address}/nothing-here"

    def addresses(self, language: str) -> list[tuple[str, str]]:
        """Return who looks at which address."""
        return [
            (visit.who, absolute_url(endpoint, **visit.values, lang=language))
            for endpoint, examples in visits(self.world).items()
            for visit in examples
        ] + [("visitor", f"{self.nowhere}?lang={language}")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("axe")
    shutil.copy(empty_sqlite, folder / "terrain.sqlite3")
    app = make_app(folder)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["PUBLIC_URL"] = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with app.app_context():
        world = make_world()
        run_jobs()  # a mail in the outbox, a report
        yield Site(app, world, app.config["PUBLIC_URL"])
        db.session.remove()
        db.engine.dispose()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Reviewer:
    """One browser page that walks from address to address as several people, and notes what is wrong."""

    site: Site
    context: BrowserContext
    page: Page
    axe: str = field(default_factory=AXE.read_text)
    faults: list[str] = field(default_factory=list)
    who: str = ""

    def listen(self) -> None:
        self.page.on("console", self.note_message)
        self.page.on("pageerror", lambda error: self.note("script", str(error)))
        self.page.on("requestfailed", self.note_failure)
        self.page.on("response", self.note_refusal)

    def note(self, what: str, detail: str) -> None:
        self.faults.append(f"{self.page.url.removeprefix(self.site.address)} ({self.who}): {what}: {detail}")

    def note_message(self, message: ConsoleMessage) -> None:
        # What could not be loaded is noted with its address by the listeners below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.note("console", message.text)

    def note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser left the page meanwhile
            self.note("request failed", request.url)

    def note_refusal(self, response: Response) -> None:
        if response.status >= 400 and not response.url.startswith(self.site.nowhere):
            self.note(str(response.status), response.url)

    def become(self, who: str) -> None:
        if who == self.who:
            return
        self.who = who
        self.context.clear_cookies()
        if cookie := browse_as(self.site.app, self.site.world, who).get_cookie("session"):
            self.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.site.address}])

    def read(self, address: str) -> None:
        response = self.page.goto(address)
        assert response is not None
        if self.page.url != address:
            self.note("led elsewhere from", address)
        self.page.evaluate(self.axe)

    def check(self, mood: str, rules: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        found: list[dict[str, Any]] = self.page.evaluate(RUN, [rules, [] if rules else ALSO, without])
        for violation in found:
            if violation["impact"] in SERIOUS:
                self.note(f"{violation['id']} ({violation['impact']}, {mood})", ", ".join(violation["where"]))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_any_page(site: Site, browser: Browser, language: str) -> None:
    context = browser.new_context(locale="fr-FR", viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    reviewer = Reviewer(site, context, context.new_page())
    reviewer.listen()
    for who, address in sorted(site.addresses(language), key=lambda pair: pair[0]):
        reviewer.become(who)
        reviewer.read(address)
        reviewer.check("phone", without=[] if language == "fr" else OF_COLOUR)
        if language == "fr":
            reviewer.page.emulate_media(color_scheme="dark")
            if who in FANS:
                reviewer.check("dark", OF_COLOUR)
            else:
                reviewer.page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
                reviewer.check("laptop, dark")
            reviewer.page.emulate_media(color_scheme="light")
            reviewer.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    context.close()
    assert not reviewer.faults, "\n" + "\n".join(dict.fromkeys(reviewer.faults))


BREAK = """document.querySelector("main").append(
  Object.assign(document.createElement("input"), { type: "text" }),
  Object.assign(document.createElement("script"), { textContent: "fetch('/nowhere')" }),
  Object.assign(new Image(), { src: "/nowhere", alt: "" }),
)"""


def test_a_broken_page_is_noticed(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    reviewer = Reviewer(site, context, context.new_page())
    reviewer.listen()
    reviewer.read(f"{site.address}/")
    with reviewer.page.expect_response("**/nowhere"):
        reviewer.page.evaluate(BREAK)
    reviewer.check("laptop")
    context.close()
    found = "\n".join(reviewer.faults)
    assert "label (critical, laptop): input" in found
    assert f"404: {site.address}/nowhere" in found
    assert "Content Security Policy" in found


def test_every_page_has_an_example(site: Site) -> None:
    reached = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    reached = {name for name in reached if not scope_of(access_of(site.app, name))}  # calls of programs
    shown = set(visits(site.world))
    assert reached == shown | NO_PAGES, "give each new page an example in tests/world.py"
    assert not shown & NO_PAGES
