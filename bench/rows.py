"""What is measured: what fans and volunteers do, step by step, as their browsers would."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from bench.driver import Browser, Unexpected
from bench.seed import World

YES_AND_NO = {"consent_invitations": "yes", "consent_product_news": "no", "consent_photos": "no"}
DIGITS = re.compile(r"^\s*(\d{3} ?\d{3})\s*$", re.MULTILINE)
# Then another one, so that no process has more clients than another for long. By time: if it were by requests, those of
# the faster process would leave it first, and its share wander.
SECONDS_A_CONNECTION = 1.0


@dataclass
class Mailbox:
    """Reads the outbox for all clients at once, as each would read the mail that has come."""

    database: str
    _awaited: dict[str, asyncio.Future[str]] = field(default_factory=dict)

    async def digits_for(self, address: str) -> str:
        """Return the six digits that were mailed to an address."""
        self._awaited[address] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(self._awaited[address], 12)
        except TimeoutError:
            raise Unexpected(f"no mail for {address}") from None
        finally:
            del self._awaited[address]

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Mailbox]:
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
            reading = asyncio.create_task(self._read(connection))
            yield self
            reading.cancel()

    async def _read(self, connection: psycopg.AsyncConnection) -> None:
        """Look for the mails that somebody waits for, among the newest: what is read costs those who are measured."""
        query = """SELECT "to", coalesce(context->>'digits', text) FROM messages
                   WHERE id > (SELECT max(id) FROM messages) - 300 AND template = 'events/confirm_seat'
                   AND "to" = ANY(%s)"""
        while True:
            await asyncio.sleep(0.05)
            if waiting := [address for address, digits in self._awaited.items() if not digits.done()]:
                for address, said in await (await connection.execute(query, [waiting])).fetchall():
                    found = DIGITS.search(said)
                    if address in self._awaited and not self._awaited[address].done():
                        self._awaited[address].set_result(found[1].replace(" ", "") if found else "")


@dataclass
class Acts:
    """Each act is one try of a row, done by client after client; it returns its number of requests."""

    world: World
    port: int
    mailbox: Mailbox
    rush: str = ""
    first_code: int = 0
    _browsers: list[Browser] = field(default_factory=list)
    _forms: list[tuple[Browser, dict[str, str]]] = field(default_factory=list)

    async def see_event(self, _number: int) -> int:
        browser = self._browsers.pop() if self._browsers else Browser(self.port)
        await browser.get(f"/events/{self.world.event}")
        await self._keep(browser)
        return 1

    async def register(self, _number: int) -> int:
        """Go from the event's page to the ticket, as somebody new."""
        browser, email = Browser(self.port), f"fan-{secrets.token_hex(6)}@example.org"
        page = f"/events/{self.world.wide}"
        await browser.get(page)
        form = await browser.get(f"{page}/register")
        fields = {"csrf_token": form.form_token, "name": "Camille Durand", "email": email} | YES_AND_NO
        check = await browser.post(f"{page}/register", 200, **fields)
        digits = await self.mailbox.digits_for(email)
        proven = await browser.post(f"{page}/register/check", csrf_token=check.form_token, digits=digits)
        ticket = await browser.get(proven.location)
        if b"<svg" not in ticket.body:
            raise Unexpected("the ticket shows no code")
        await browser.close()
        return browser.requests

    async def open_form(self, number: int) -> int:
        """Open the form before the rush begins."""
        browser = Browser(self.port)
        form = await browser.get(f"/events/{self.rush}/register")
        name = {"name": f"Fan {number}", "email": f"rush-{number}-{secrets.token_hex(3)}@example.org"}
        self._forms.append((browser, {"csrf_token": form.form_token} | name | YES_AND_NO))
        await browser.close()
        return 1

    async def take_seat(self, number: int) -> int:
        """Send the form that is open."""
        browser, fields = self._forms[number]
        await browser.post(f"/events/{self.rush}/register", 200, **fields)
        await browser.close()
        return 1

    async def export_csv(self, _number: int) -> int:
        return await self._export("csv")

    async def export_xlsx(self, _number: int) -> int:
        return await self._export("xlsx")

    async def _export(self, kind: str) -> int:
        """Download everybody who has a seat."""
        browser = Browser(self.port, {"session": self.world.cookie})
        file = await browser.get(f"/manage/events/{self.world.people}/people.{kind}")
        if len(file.body) < 50_000:
            raise Unexpected(f"{len(file.body)} bytes of {kind}")
        await browser.close()
        return 1

    async def check_in(self, number: int) -> int:
        """Scan the next ticket, one a call."""
        browser = (
            self._browsers.pop() if self._browsers else Browser(self.port, {"session": self.world.cookie})
        )
        scan = self._scan(number) | {"method": "camera"}
        body = json.dumps({"device": "bench", "client_now": scan["scanned_at"], "scans": [scan]}).encode()
        header = f"X-Door-Token: {self.world.door_token}\r\n"
        await self._let_in(browser, f"/door/{self.world.door}/scans", body, header)
        return 1

    async def check_in_by_program(self, number: int) -> int:
        """Check the next ticket in over the API."""
        browser = self._browsers.pop() if self._browsers else Browser(self.port)
        body = json.dumps(self._scan(number) | {"device": "bench"}).encode()
        header = f"Authorization: Bearer {self.world.token}\r\n"
        await self._let_in(browser, f"/api/v1/events/{self.world.door}/check-ins", body, header)
        return 1

    def _scan(self, number: int) -> dict[str, str]:
        return {
            "nonce": secrets.token_urlsafe(16),
            "scanned_at": datetime.now(UTC).isoformat(),
            "code": self.world.codes[self.first_code + number],
        }

    async def _let_in(self, browser: Browser, path: str, body: bytes, header: str) -> None:
        answer = await browser.post_json(path, body, header)
        if b"welcome" not in answer.body:
            raise Unexpected(answer.body.decode())
        await self._keep(browser)

    async def _keep(self, browser: Browser) -> None:
        if browser.connected_for() > SECONDS_A_CONNECTION:
            await browser.close()
        self._browsers.append(browser)
