"""The real services that tests talk to: PostgreSQL, Redis, an SMTP server and Chromium.

Each is started from a temporary folder on a free port and ends with the run, even a killed one. A missing
program fails the test with a sentence that says how to get it; nothing is skipped.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

START_LIMIT = 20.0  # seconds that a service may take to answer, on a busy machine
UNPRIVILEGED = "nobody"  # who runs PostgreSQL when the tests are run by root, which it refuses to be


def find_program(package: str, *names: str, folders: str = "") -> str:
    """Return the path of the first program found, in PATH or in a glob of folders, or fail the test."""
    for name in names:
        in_folders = sorted(str(path) for path in Path("/").glob(f"{folders}/{name}")) if folders else []
        for path in [shutil.which(name), *reversed(in_folders)]:
            if path:
                return path
    pytest.fail(f"{names[0]} is missing: `make test` installs it (Debian package {package}).", pytrace=False)


def free_port() -> int:
    """Return a TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], folder: Path, answers: Callable[[], bool], **options: Any) -> Iterator[int]:
    """Run a service until the block ends and give its pid; its log is shown when it does not start."""
    # A killed test run leaves nothing behind: Linux ends the service with its parent.
    leash = ["setpriv", "--pdeathsig", "INT", "--"] if shutil.which("setpriv") else []
    with (folder / "log").open("w+b") as log:
        service = subprocess.Popen(leash + command, cwd=folder, stdout=log, stderr=log, **options)
        try:
            deadline = time.monotonic() + START_LIMIT
            while not answers():
                if service.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{command[0]} did not start:\n{(folder / 'log').read_text()}", pytrace=False)
                time.sleep(0.05)
            yield service.pid
        finally:
            service.terminate()
            try:
                service.wait(START_LIMIT)
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server of the tests' own, to be filled with databases."""

    port: int
    pid: int = 0

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://terrain@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str, template: str = "template0") -> str:
        """Make a database, empty or copied from another that nobody is connected to, and return its URL."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def _execute(self, statement: str) -> None:
        address = f"postgresql://terrain@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres(**settings: str) -> Iterator[PostgresServer]:
    """Start PostgreSQL with settings of its own; root starts it as another user, since it refuses root."""
    installed = "usr/lib/postgresql/*/bin"
    initdb = find_program("postgresql", "initdb", folders=installed)
    program = find_program("postgresql", "postgres", folders=installed)
    as_user: dict[str, Any] = {}
    # Not below TMPDIR: the other user may have no right to enter it.
    with tempfile.TemporaryDirectory(prefix="terrain-postgres-", dir="/tmp") as place:
        folder = Path(place)
        if os.geteuid() == 0:
            as_user = {"user": UNPRIVILEGED, "extra_groups": []}
            shutil.chown(folder, UNPRIVILEGED)
        data = str(folder / "data")
        options = ["--username=terrain", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(
            [initdb, "-D", data, *options], cwd=folder, capture_output=True, text=True, check=False, **as_user
        )
        if made.returncode:
            pytest.fail(f"initdb failed: {made.stderr}", pytrace=False)
        server = PostgresServer(free_port())
        settings |= {
            "listen_addresses": "127.0.0.1",
            "port": str(server.port),
            "unix_socket_directories": place,
            "max_connections": "200",
        }
        command = [program, "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        with running(command, folder, server.answers, **as_user) as pid:
            yield replace(server, pid=pid)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start PostgreSQL with durability off."""
    with postgres(fsync="off", synchronous_commit="off", full_page_writes="off") as server:
        yield server


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, int]]:
    """Start a Redis that keeps nothing and give its URL and pid."""
    program = find_program("redis-server", "redis-server")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"

    def answers() -> bool:
        try:
            with redis.Redis.from_url(url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running(command, folder, answers) as pid:
        yield url, pid


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Redis that keeps nothing and return its URL."""
    with redis_server(tmp_path_factory.mktemp("redis")) as (url, _pid):
        yield url


@dataclass
class SmtpSink:
    """An SMTP server that keeps what it accepts; `answer` may refuse ("451 later") or be slow about it."""

    port: int
    host: str = "127.0.0.1"
    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answer: Callable[[EmailMessage], Coroutine[Any, Any, str]] | None = None

    @property
    def messages(self) -> list[EmailMessage]:
        """Return the accepted messages in order of arrival."""
        return [message for _, message in self.received]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message unless `answer` gives another reply than 250."""
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        reply = await self.answer(message) if self.answer else "250 kept"
        if reply.startswith("250"):
            self.received.append((envelope.rcpt_tos, message))
        return reply


class _SinkController(Controller):
    """Serve on a socket that is bound already, so that no other test can take the port in between."""

    def __init__(self, sink: SmtpSink, listener: socket.socket) -> None:
        super().__init__(sink, hostname=sink.host, port=sink.port)
        self._listener = listener

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """Start an SMTP server for one test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sink = SmtpSink(listener.getsockname()[1])
        controller = _SinkController(sink, listener)
        controller.start()
        try:
            yield sink
        finally:
            controller.stop()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the system's Chromium; CHROMIUM names another one. No browser is ever downloaded."""
    return find_program(
        "chromium", os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str) -> dict[str, Any]:
    """Tell pytest-playwright to drive that Chromium."""
    return {"executable_path": chromium_path}
