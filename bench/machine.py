"""What runs during a bench, each in a temporary folder and on a free port, and what it costs.

Processor time and memory are read from /proc by group: the web server, the worker, PostgreSQL, Redis.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.services import free_port, postgres, redis_server

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
TICKS = os.sysconf("SC_CLK_TCK")
GROUPS = ("web", "worker", "postgres", "redis")


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(
                int(path.parent.name)
            )
    found = [pid]
    for member in found:
        found.extend(parents.get(member, ()))
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, of its living children, and of those it has buried."""
    ticks = 0
    for member in family(pid):
        with suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / TICKS


def memory_mb(pid: int) -> float:
    """Return the memory of a process and its children, what they share counted once (PSS), in MB."""
    kilobytes = 0
    for member in family(pid):
        with suppress(OSError):
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1000


def run_flask(environ: Mapping[str, str], *arguments: str) -> str:
    """Run a `flask` command and return what it prints."""
    done = subprocess.run(
        [str(BIN / "flask"), *arguments],
        cwd=ROOT,
        env=dict(environ),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@dataclass
class Machine:
    """The services of one bench, and the settings that make Terrain use them."""

    folder: Path
    environ: dict[str, str]
    database: str  # for psycopg, as the owner who reads the statistics
    pids: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def started(self, name: str, command: Sequence[str], **environ: str) -> Iterator[int]:
        """Run a program of ours as group `name` until the block ends, its children with it."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *command],
                cwd=ROOT,
                env=self.environ | environ,
                stdout=output,
                stderr=output,
            )
        self.pids[name] = process.pid
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT if name == "worker" else signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            del self.pids[name]

    @contextmanager
    def web(self, workers: int, app: str = "wsgi:app", name: str = "web") -> Iterator[tuple[int, float]]:
        """Serve with the production settings; give the port, and the seconds from start to first answer."""
        port, begun = free_port(), time.perf_counter()
        command = [
            str(BIN / "gunicorn"),
            app,
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            str(workers),
            "--reuse-port",
            "--no-control-socket",
        ]
        with self.started(name, command):
            while not answers(port):
                if time.perf_counter() - begun > 60:
                    sys.exit((self.folder / f"{name}.log").read_text()[-3000:])
                time.sleep(0.01)
            yield port, time.perf_counter() - begun

    @contextmanager
    def worker(self) -> Iterator[int]:
        """Run a worker of its own database role, so that its statements are not counted as the web server's.

        It has started, and found nothing to do, when the block begins.
        """
        url = self.environ["TERRAIN_DATABASE_URL"].replace("//terrain@", "//worker@")
        with self.started("worker", [str(BIN / "flask"), "worker"], TERRAIN_DATABASE_URL=url) as pid:
            used = 0.0
            while cpu_seconds(pid) - used > 0.05:
                used = cpu_seconds(pid)
                time.sleep(1)
            yield pid

    def cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    def memory(self) -> dict[str, float]:
        return {name: memory_mb(pid) for name, pid in self.pids.items()}

    def statements(self) -> int:
        """Return how many statements the web server has run since the start; BEGIN and COMMIT do not count."""
        query = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements AS told JOIN pg_roles AS role
                   ON role.oid = told.userid WHERE role.rolname = 'terrain'"""
        with psycopg.connect(self.database) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def answers(port: int) -> bool:
    """Tell whether a server says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Start PostgreSQL and Redis, and migrate an empty database."""
    (folder / "redis").mkdir()
    statistics = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "off"}
    with postgres(**statistics) as server, redis_server(folder / "redis") as (redis_url, redis_pid):
        url = server.new_database("bench")
        owner = url.replace("postgresql+psycopg://terrain@", "postgresql://meter@")
        as_terrain = url.replace("+psycopg", "")
        with psycopg.connect(as_terrain, autocommit=True) as connection:
            connection.execute("CREATE ROLE meter SUPERUSER LOGIN")
            connection.execute("CREATE ROLE worker SUPERUSER LOGIN")
            connection.execute("CREATE EXTENSION pg_stat_statements")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TERRAIN_")} | {
            "TERRAIN_SECRET_KEY": secrets.token_hex(),
            "TERRAIN_INSTANCE": str(folder / "instance"),
            "TERRAIN_DATABASE_URL": url,
            "TERRAIN_REDIS_URL": redis_url,
            "TERRAIN_TRUSTED_PROXIES": "1",
            "TERRAIN_API_PER_MINUTE": "10000000",  # one token makes all calls
            "MALLOC_ARENA_MAX": "2",  # as in deploy/
            "FLASK_APP": "wsgi",
        }
        run_flask(environ, "db", "upgrade")
        yield Machine(folder, environ, owner, {"postgres": server.pid, "redis": redis_pid})
