"""The application on a port of its own, a worker beside it, and a camera that sees what the test shows it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from werkzeug.serving import make_server

from app.members.models import Member
from tests.client import Client

# As long as other waits: the door itself pauses for four seconds before it asks again, and five are what expect allows.
expect.set_options(timeout=15_000)

ROOT = Path(__file__).parent.parent.parent

# A camera that films a canvas, on which showPicture(url) draws what is held in front of it.
CAMERA = """
const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
const paper = canvas.getContext("2d");
let held = null;
setInterval(() => {
  paper.fillStyle = "#8a8a8a";
  paper.fillRect(0, 0, 640, 480);
  if (held) paper.drawImage(held, 140, 60, 360, 360);
}, 40);
window.showPicture = async (url) => {
  const picture = Object.assign(new Image(), { src: url, width: 360, height: 360 });
  await picture.decode();
  held = picture;
};
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(25);
"""


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The application on a port of its own; return its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://localhost:{server.server_port}"
    app.config["PUBLIC_URL"] = address
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
    app.config["PUBLIC_URL"] = "http://localhost"


@pytest.fixture
def worker(app: Flask, server: str) -> Iterator[None]:
    """A real worker on the test's database, which writes mails to files."""
    environ = os.environ | {
        "TERRAIN_ENV": "development",
        "TERRAIN_SECRET_KEY": app.config["SECRET_KEY"],
        "TERRAIN_INSTANCE": str(app.config["INSTANCE"]),
        "TERRAIN_PUBLIC_URL": server,
        "FLASK_APP": "wsgi",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "worker"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL
    )
    yield
    process.terminate()
    process.wait(20)


OpenAs = Callable[..., Page]


@pytest.fixture
def open_as(app: Flask, server: str, browser: Browser) -> Iterator[OpenAs]:
    """Return a function that opens a browser as a member (or a visitor) in a language, on a phone or a laptop."""
    contexts: list[BrowserContext] = []

    def open_browser(
        member: Member | None, language: str, *, phone: bool = True, camera: bool = False
    ) -> Page:
        size = ViewportSize(width=390, height=844) if phone else ViewportSize(width=1440, height=900)
        context = browser.new_context(
            viewport=size, locale={"fr": "fr-FR", "en": "en-GB"}[language], base_url=server, has_touch=phone
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if member is not None:
            client = cast(Client, app.test_client()).sign_in(member, strong=bool(member.roles))
            cookie = client.get_cookie("session")
            assert cookie is not None
            context.add_cookies([{"name": "session", "value": cookie.value, "url": server}])
        context.add_cookies([{"name": "lang", "value": language, "url": server}])
        page = context.new_page()
        if camera:
            page.add_init_script(CAMERA)
        return page

    yield open_browser
    for context in contexts:
        context.close()
