"""Measure each row on two and on three processes, beside the bare handlers, and print the table."""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import psycopg
from flask import Flask

from app import create_app
from app.db import db
from app.jobs import SWEEPS
from app.jobs import run as run_job
from bench.driver import Run, drive
from bench.machine import Machine, machine
from bench.rows import Acts, Mailbox
from bench.seed import ATTENDEES, MOST_SCANS, SEATS, TRIES, WARM_SCANS, World, seed
from bench.weight import weigh


@dataclass
class Row:
    """One line of the table."""

    name: str
    server: str
    run: Run
    cpu: dict[str, float]  # ms for each try
    driver: float  # ms of the driver's own for each try
    statements: float

    def written(self, bare: Row | None) -> str:
        run = self.run
        times = " | ".join(f"{run.percentile(share) * 1000:.0f}" for share in (0.5, 0.95, 0.99))
        spent = " | ".join(f"{self.cpu.get(group, 0):.1f}" for group in ("web", "postgres", "worker"))
        ratio = f"{run.rate / bare.run.rate:.2f}" if bare and bare.run.took else ""
        return (
            f"| {self.name} | {self.server} | {run.rate:.1f} | {times} | {len(run.errors)} | {spent} "
            f"| {self.driver:.1f} | {self.statements:.1f} | {ratio} |"
        )


COLUMNS = (
    "per second, p50 ms, p95 ms, p99 ms, errors, web CPU ms, PostgreSQL CPU ms, worker CPU ms, driver CPU ms"
)
TITLES = ["row", "server", *COLUMNS.split(", "), "statements", "of bare"]
HEAD = f"| {' | '.join(TITLES)} |\n| --- | --- |{' ---: |' * (len(TITLES) - 2)}"


@dataclass
class Bench:
    """Rows measured on one server after the other."""

    machine: Machine
    app: Flask  # on the same database: does at once what a worker has yet to do
    world: World
    seconds: float
    warm: float
    codes_used: int = 0

    async def rows(self, port: int, server: str, bare: bool, only: str) -> list[Row]:
        async with Mailbox(self.machine.database).read() as mailbox:
            acts = Acts(self.world, port, mailbox)
            plan: list[tuple[str, Callable[[int], Awaitable[int]], int, int]] = [
                ("event page, 8 clients", acts.see_event, 8, 1_000_000),
                ("registration, event page to ticket, 32 clients", acts.register, 32, 1_000_000),
                (f"{TRIES} tries for {SEATS} seats, 32 clients", acts.take_seat, 32, TRIES),
                ("check-in at the door, 32 clients", acts.check_in, 32, MOST_SCANS - WARM_SCANS),
                ("check-in over the API, 32 clients", acts.check_in_by_program, 32, MOST_SCANS - WARM_SCANS),
            ]
            if not bare:
                plan.append((f"{ATTENDEES} attendees to CSV", acts.export_csv, 1, 1_000_000))
                plan.append((f"{ATTENDEES} attendees to XLSX", acts.export_xlsx, 1, 1_000_000))
            rows = []
            for name, act, clients, count in plan:
                if only not in name:
                    continue
                acts._browsers.clear()
                if act == acts.take_seat:
                    acts.rush = self.world.rushes.pop()
                    opened = await drive(acts.open_form, 8, count=TRIES)
                    assert not opened.errors, opened.errors[0]
                elif act in {acts.check_in, acts.check_in_by_program}:
                    acts.first_code = self.codes_used
                    await drive(act, clients, count=WARM_SCANS)
                    acts.first_code += WARM_SCANS
                    self.codes_used += MOST_SCANS
                else:
                    await drive(act, clients, seconds=self.warm)
                rows.append(await self._measure(name, server, act, clients, count))
                if act == acts.take_seat and not bare:
                    self._check_rush(acts.rush)
            return rows

    async def _measure(
        self, name: str, server: str, act: Callable[[int], Awaitable[int]], clients: int, count: int
    ) -> Row:
        self.catch_up()
        cpu, driver, before = self.machine.cpu(), _own_cpu(), self.machine.statements()
        seconds = 120.0 if count == TRIES else self.seconds  # a rush goes on to its end
        run = await drive(act, clients, seconds=seconds, count=count)
        tries = len(run.took) or 1
        spent = {group: (now - cpu[group]) * 1000 / tries for group, now in self.machine.cpu().items()}
        driven = (_own_cpu() - driver) * 1000 / tries
        statements = (self.machine.statements() - before) / tries
        spent["worker"] = spent.get("worker", 0) + self.catch_up() * 1000 / tries
        row = Row(name, server, run, spent, driven, statements)
        print(row.written(None), *run.errors[:2], sep="\n", flush=True)
        return row

    def catch_up(self) -> float:
        """Do what a row left to the worker, so that the next has the machine to itself; return processor seconds."""
        begun = _own_cpu()
        with self.app.app_context():
            for name in SWEEPS:
                run_job(name, {})
            db.engine.dispose()  # whose memory is not counted
        return _own_cpu() - begun

    def _check_rush(self, slug: str) -> None:
        """Compare what the database holds with what was promised: seats, and a line in order of arrival."""
        query = """SELECT r.status, r.queue_number, r.id FROM rsvps AS r JOIN events AS e ON e.id = r.event_id
                   WHERE e.slug = %s ORDER BY r.queue_number"""
        with psycopg.connect(self.machine.database) as connection:
            rows = connection.execute(query, [slug]).fetchall()
        seated = [row for row in rows if row[0] in {"held", "confirmed"}]
        line = [row for row in rows if row[0] == "waitlisted"]
        came = [
            row[2] for row in sorted(seated, key=itemgetter(2)) + line
        ]  # ids follow the order of the transactions
        in_order = came == sorted(came)
        verdict = "exactly" if (len(seated), len(line)) == (SEATS, TRIES - SEATS) else "WRONG:"
        print(
            f"{verdict} {len(seated)} seated, {len(line)} waiting, {'in order' if in_order else 'OUT OF ORDER'}"
        )


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seconds a row")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 3], help="processes of the web server")
    parser.add_argument("--no-bare", action="store_true", help="without the bare handlers")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="terrain-bench-"))
    try:
        with machine(folder) as services:
            app = create_app(services.environ)
            logging.disable(logging.INFO)
            bench = Bench(services, app, seed(app), *((2.0, 0.5) if asked.quick else (15.0, 3.0)))
            measure(bench, asked)
    finally:
        shutil.rmtree(folder)


def measure(bench: Bench, asked: argparse.Namespace) -> None:
    services = bench.machine
    bare: dict[str, Row] = {}
    if not asked.no_bare:
        with services.web(2, "bench.bare:app") as (port, _seconds):
            bare = {row.name: row for row in asyncio.run(bench.rows(port, "bare, 2", True, asked.only))}
    lines, rest = [HEAD], []
    for workers in asked.workers:
        with services.worker(), services.web(workers) as (port, started):
            before = services.memory()
            first, later = weigh(port, f"/events/{bench.world.event}")
            rows = asyncio.run(bench.rows(port, f"Terrain, {workers}", False, asked.only))
            after = services.memory()
        lines += [row.written(bare.get(row.name)) for row in rows]
        rest.append(f"event page with its files: {first / 1000:.0f} KB, then {later / 1000:.1f} KB")
        rest.append(
            f"{workers} processes: first answer after {started:.1f} s; memory {_sum(before)}, then {_sum(after)}"
        )
    lines += [row.written(None) for row in bare.values()]
    print("\n" + "\n".join(lines) + "\n\n" + "\n".join(rest))


def _sum(memory: dict[str, float]) -> str:
    parts = ", ".join(f"{name} {size:.0f}" for name, size in memory.items())
    return f"{sum(memory.values()):.0f} MB ({parts})"


main()
