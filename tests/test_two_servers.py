"""Two web servers and two workers on one PostgreSQL and one Redis, started for real, as on two machines."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from huey import RedisHuey

from app.db import db
from app.jobs import claim_sweep
from tests.conftest import make_app
from tests.factories import make_chapter, make_event
from tests.services import PostgresServer, free_port, running

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
pytestmark = pytest.mark.postgres


@dataclass
class Visitor:
    """A browser that may be sent to either server at each request."""

    address: str
    cookie: str = ""
    token: str = ""

    def ask(self, port: int, path: str, **fields: str) -> tuple[int, str, str]:
        """Return status, place of a redirect, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"X-Forwarded-For": self.address, "Cookie": self.cookie, "Accept-Language": "en"}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields | {"csrf_token": self.token})
            connection.request("POST", path, body, headers)
        else:
            connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        cookies = [line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", [])]
        self.cookie = "; ".join(cookies) or self.cookie
        text = answer.read().decode()
        if found := re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text):
            self.token = found[1]
        connection.close()
        return answer.status, answer.headers.get("Location", ""), text


@dataclass(frozen=True)
class Site:
    """Two servers, the logs of two workers, and what they share."""

    ports: tuple[int, int]
    logs: list[Path]
    database: str
    slug: str

    def mails(self, status: str) -> list[tuple[str, str]]:
        """Return key and text of each mail with a status."""
        query = "SELECT key, coalesce(context->>'digits', text) FROM messages WHERE status = %s ORDER BY id"
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, [status]).fetchall()


@pytest.fixture
def site(
    postgres_server: PostgresServer, empty_postgres: str, redis_url: str, tmp_path: Path
) -> Iterator[Site]:
    url = postgres_server.new_database("two-servers", empty_postgres)
    (tmp_path / "maker").mkdir()
    app = make_app(tmp_path / "maker", url)
    with app.app_context():
        slug = make_event(make_chapter()).slug
        db.session.remove()
        db.engine.dispose()
    environ = os.environ | {
        "TERRAIN_SECRET_KEY": "a secret that both servers were given",
        "TERRAIN_DATABASE_URL": url,
        "TERRAIN_REDIS_URL": redis_url,
        "TERRAIN_TRUSTED_PROXIES": "1",
        "TERRAIN_INSTANCE": str(tmp_path / "instance"),
        "PYTHONPATH": str(ROOT),
        "FLASK_APP": "wsgi",
    }
    ports = free_port(), free_port()
    folders = [tmp_path / name for name in ("web-1", "web-2", "worker-1", "worker-2")]
    with ExitStack() as stack:
        for folder in folders:
            folder.mkdir()
        for port, folder in zip(ports, folders, strict=False):
            serve = [
                str(BIN / "gunicorn"),
                "wsgi:app",
                "--chdir",
                str(ROOT),
                "-c",
                str(ROOT / "gunicorn.conf.py"),
            ]
            bind = ["--bind", f"127.0.0.1:{port}", "--reuse-port"]
            bind += ["--workers", "2", "--no-control-socket"]
            stack.enter_context(running(serve + bind, folder, lambda port=port: _is_ready(port), env=environ))  # type: ignore[misc]
        for folder in folders[2:]:
            work = [str(BIN / "flask"), "worker"]
            stack.enter_context(running(work, folder, lambda: True, env=environ))
        address = url.replace("+psycopg", "")
        yield Site(ports, [folder / "log" for folder in folders[2:]], address, slug)


def _is_ready(port: int) -> bool:
    try:
        return Visitor("192.0.2.1").ask(port, "/readyz")[0] == 200
    except OSError:
        return False


def _until(true: object, seconds: float = 15.0) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_two_servers_are_one_site_and_two_workers_do_each_job_once(site: Site) -> None:
    here, there = site.ports
    visitor, page = Visitor("192.0.2.10"), f"/events/{site.slug}/register"
    answers = {"consent_invitations": "no", "consent_product_news": "no", "consent_photos": "no"}

    # One person, sent to the other server at each request: form, seat, code, ticket.
    visitor.ask(here, page)
    status, _to, text = visitor.ask(there, page, name="Camille", email="camille@example.org", **answers)
    assert status == 200, text
    assert "camille@example.org" in text
    check = f"{page}/check"
    visitor.ask(here, check)  # as a reload does
    _until(lambda: len(site.mails("sent")) == 1)
    digits = re.search(r"^\s*(\d{3} ?\d{3})\s*$", site.mails("sent")[0][1], re.MULTILINE)
    assert digits
    status, ticket, text = visitor.ask(there, check, digits=digits[1])
    assert status == 302, text
    assert "<svg" in visitor.ask(here, ticket)[2]
    assert visitor.ask(there, "/me")[0] == 200, "a session made on one server is good on the other"

    # Each mail left once, whichever worker took it.
    _until(lambda: len(site.mails("sent")) == 2)
    with psycopg.connect(site.database) as connection:
        tries = connection.execute("SELECT tries FROM messages").fetchall()
        others = connection.execute("SELECT count(*) FROM message_attempts").fetchall()
    assert (tries, others) == ([(1,), (1,)], [(0,)])
    assert not [line for log in site.logs for line in log.read_text().splitlines() if "Traceback" in line]

    # A limit counts what was asked of both: 10 more mails an hour, 5 here and 5 there.
    greedy = Visitor("192.0.2.20")
    greedy.ask(here, page)
    again = [greedy.ask(port, f"{page}/again", confirm="")[0] for port in (here, there) * 5]
    assert again == [302] * 10
    assert greedy.ask(there, f"{page}/again", confirm="")[0] == 429


def test_of_two_workers_one_sweeps_each_minute_and_a_killed_one_stops_no_other(redis_url: str) -> None:
    first, second = RedisHuey("sweeps", url=redis_url), RedisHuey("sweeps", url=redis_url)
    at = datetime(2026, 11, 21, 18, 0, 30, tzinfo=UTC)
    assert [claim_sweep(first, at), claim_sweep(second, at + timedelta(seconds=20))] == [True, False]
    # Whatever became of the first, nothing is left that the second would wait for.
    assert claim_sweep(second, at + timedelta(minutes=1))
    assert claim_sweep(first, at + timedelta(minutes=2))
    assert claim_sweep(first, at + timedelta(days=1)), "the claims of a day ago are gone"


def test_a_server_whose_port_is_taken_ends_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environ = os.environ | {"TERRAIN_ENV": "development", "TERRAIN_INSTANCE": str(tmp_path)}
        command = [str(BIN / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{port}", "--reuse-port"]
        server = subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
    assert server.returncode == 1
    assert f"127.0.0.1:{port}: Address already in use" in server.stderr
