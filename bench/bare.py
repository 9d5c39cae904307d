"""The same steps with the same SQL and nothing else: how fast Flask can be at most on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from itertools import chain
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.engine import Connection

app = Flask(__name__)
engine = sa.create_engine(os.environ["TERRAIN_DATABASE_URL"])
alone = engine.execution_options(isolation_level="AUTOCOMMIT")

EVENTS = """e.id AS event_id, e.*, c.*, s.id AS slot, s.name AS called, s.starts_at AS at, s.capacity AS seats,
            s.seats_taken AS taken FROM events AS e JOIN chapters AS c ON c.id = e.chapter_id
            LEFT JOIN slots AS s ON s.event_id = e.id"""
BRAND = "LEFT JOIN (brands AS b LEFT JOIN pictures AS p ON p.id = b.logo_id) ON b.id = 1"
EVENT = f"""SELECT b.*, p.*, EXISTS (SELECT * FROM event_questions AS q WHERE q.event_id = e.id) AS asks, {EVENTS}
            {BRAND} WHERE e.slug = %s"""
PAGE = f"""SELECT EXISTS (SELECT * FROM event_questions AS q WHERE q.event_id = e.id) AS asks,
           CASE WHEN e.capacity - e.seats_taken < e.party_max OR s.id IS NOT NULL THEN (SELECT count(*) FROM rsvps
           WHERE event_id = e.id AND status = 'waitlisted') ELSE 0 END AS waiting, f.digest AS shown,
           CASE WHEN e.early_opens_at IS NOT NULL THEN EXISTS (SELECT * FROM event_invitees AS i
           WHERE i.event_id = e.id) ELSE false END AS has_list, b.*, p.id AS logo, p.digest AS mark, p.width, p.height,
           {EVENTS} LEFT JOIN pictures AS f ON f.id = e.picture_id {BRAND}
           WHERE e.slug = %s AND e.status <> 'draft' ORDER BY s.starts_at, s.id"""
TURN = """UPDATE events SET seat_sequence = seat_sequence + 1
          WHERE id = %s AND pg_advisory_xact_lock(7301, id)::text = '' RETURNING seat_sequence"""
DESK = f"""SELECT * FROM (SELECT {EVENTS} WHERE e.id = %s) AS event, (SELECT
           EXISTS (SELECT * FROM rsvps WHERE event_id = %s AND status = 'held' AND held_until <= now()) AS ran_out,
           EXISTS (SELECT * FROM rsvps WHERE event_id = %s AND status = 'waitlisted') AS waits,
           EXISTS (SELECT * FROM webhooks) AS listened) AS line"""
LINE = """SELECT id, party_size, slot_id FROM rsvps WHERE event_id = %s AND status = 'waitlisted'
          AND party_size <= %s AND slot_id IS NULL ORDER BY queue_number"""
NEW_MEMBER = """INSERT INTO members (email, display_name, locale, city, external_ref, searched, created_at, updated_at,
                active, fs_uniquifier, mf_recovery_codes)
                VALUES (%s, %s, 'fr', '', '', %s, now(), now(), true, %s, '[]') ON CONFLICT DO NOTHING RETURNING *"""
SEATS = "UPDATE events SET seats_taken = %s WHERE id = %s"
NEW_RSVP = """INSERT INTO rsvps (event_id, member_id, status, party_size, held_until, hold_for, queued_at, queue_number,
              token, email_proven, created_at, cancel_note, declined_because, revision, locale, consent_answers)
              VALUES (%s, %s, %s, 1, CASE WHEN %s THEN now() + interval '30 min' END,
              CASE WHEN %s THEN 'address' END, CASE WHEN %s THEN NULL ELSE now() END, %s, %s, false, now(), '', '', 0,
              'fr', '{"invitations": true}') RETURNING id"""
NEW_CODE = """INSERT INTO email_codes (member_id, purpose, link_digest, code_digest, next_path, created_at, expires_at,
              failed_tries) VALUES (%s, %s, %s, %s, '', now(), now() + interval '1 day', 0) RETURNING id"""
MAIL = """INSERT INTO messages (key, template, member_id, "to", locale, context, subject, text, html, attachments,
          message_id, status, created_at, due_at) VALUES (%s, %s, %s, %s, 'fr', %s, '', '', '', '[]', %s, 'dropped',
          now(), now()) ON CONFLICT (key) DO NOTHING"""
ASKED = """SELECT c.*, m.*, a.*, r.* FROM email_codes AS c
           LEFT JOIN rsvps AS r ON r.member_id = c.member_id AND r.event_id = %s
           LEFT JOIN members AS m ON m.id = c.member_id LEFT JOIN (member_roles AS mr JOIN roles AS a
           ON a.id = mr.role_id) ON mr.member_id = m.id WHERE c.id = %s FOR NO KEY UPDATE OF c"""
USE = "UPDATE email_codes SET used_at = now() WHERE id = %s"
STAFF = """SELECT m.id, m.active, m.locale, r.name FROM members AS m LEFT JOIN member_roles AS mr
           ON mr.member_id = m.id LEFT JOIN roles AS r ON r.id = mr.role_id WHERE m.fs_uniquifier = %s"""
VISITOR = f"""SELECT b.*, p.*, m.*, r.* FROM members AS m LEFT JOIN (member_roles AS mr JOIN roles AS r
              ON r.id = mr.role_id) ON mr.member_id = m.id {BRAND} WHERE m.fs_uniquifier = %s"""
PROVEN = "UPDATE members SET email_confirmed_at = now(), updated_at = now() WHERE id = %s"
CONFIRM = """UPDATE rsvps SET status = 'confirmed', held_until = NULL, hold_for = NULL, confirmed_at = now(),
             email_proven = true, consent_answers = NULL WHERE id = %s"""
NEW_TICKET = """INSERT INTO tickets (rsvp_id, code, token, digest, issued_at, revoked_because)
                VALUES (%s, %s, %s, %s, now(), '') RETURNING id"""
CONSENTS = "SELECT DISTINCT ON (purpose) * FROM consents WHERE member_id = %s ORDER BY purpose, id DESC"
NEW_CONSENT = "(%s, %s, true, 'words', 1, 'fr', %s, now())"
NEW_CONSENTS = f"""INSERT INTO consents (member_id, purpose, granted, wording, wording_version, locale, source, at)
                   VALUES {", ".join([NEW_CONSENT] * 3)}"""
WALLET = "SELECT balance FROM wallets WHERE member_id = %s"
PLACE = """SELECT *, EXISTS (SELECT * FROM event_questions AS q WHERE q.event_id = e.id) AS asks
           FROM rsvps AS r JOIN events AS e ON e.id = r.event_id JOIN chapters AS c ON c.id = e.chapter_id
           LEFT JOIN check_ins AS i ON i.rsvp_id = r.id AND i.undone_at IS NULL JOIN tickets AS t ON t.rsvp_id = r.id
           JOIN members AS m ON m.id = r.member_id LEFT JOIN slots AS s ON s.id = r.slot_id WHERE t.token = %s"""
CALLER = """SELECT t.id, t.member_id, t.scopes, t.last_used_at,
            (SELECT string_agg(r.name, ',') FROM roles AS r JOIN member_roles AS mr ON mr.role_id = r.id
             WHERE mr.member_id = t.member_id) AS roles,
            (SELECT string_agg(cm.chapter_id::text, ',') FROM chapter_managers AS cm
             WHERE cm.member_id = t.member_id) AS chapters
            FROM api_tokens AS t JOIN members AS m ON m.id = t.member_id WHERE t.digest = %s AND t.revoked_at IS NULL
            AND (t.expires_at IS NULL OR t.expires_at > now()) AND m.active AND m.erased_at IS NULL"""
DOORWAY = """SELECT e.*, p.id AS party FROM (SELECT id, code, starts_at, ends_at, pg_advisory_xact_lock_shared(7301, id)
             FROM events WHERE slug = %s AND EXISTS (SELECT 1 FROM chapter_managers AS m
             WHERE m.chapter_id = events.chapter_id AND m.member_id = %s)) AS e
             LEFT JOIN LATERAL (SELECT r.id FROM rsvps AS r JOIN tickets AS t ON t.rsvp_id = r.id
             WHERE r.event_id = e.id AND t.digest IN (%s) ORDER BY r.id FOR NO KEY UPDATE OF r) AS p ON true"""
SEEN = """SELECT r.id AS rsvp_id, r.status, r.party_size, m.display_name, t.id, t.digest, t.revoked_because,
          i.id AS came, i.arrived_at, i.undone_at, s.device,
          EXISTS (SELECT 1 FROM scans AS o WHERE o.nonce IN (%s)) AS known,
          EXISTS (SELECT 1 FROM webhooks WHERE ended_at IS NULL) AS listened
          FROM rsvps AS r JOIN members AS m ON m.id = r.member_id
          JOIN tickets AS t ON t.rsvp_id = r.id AND t.digest IN (%s) LEFT JOIN check_ins AS i ON i.rsvp_id = r.id
          LEFT JOIN scans AS s ON s.id = i.scan_id WHERE r.event_id = %s"""
NEW_SCAN = """INSERT INTO scans (nonce, event_id, ticket_id, code_digest, method, device, scanned_at, clock_skew_ms,
              received_at, verdict, scanned_by_id) VALUES (%s, %s, %s, %s, 'camera', 'bare', now(), 0, now(),
              'welcome', %s) ON CONFLICT (nonce) DO NOTHING RETURNING id"""
NEW_ARRIVAL = """INSERT INTO check_ins (rsvp_id, event_id, scan_id, arrived_at, party_size, revision)
                 VALUES (%s, %s, %s, now(), 1, 1) RETURNING id"""

FORM = '<form><input name="csrf_token" type="hidden" value="none">'


def one(connection: Connection, statement: str, *values: Any) -> Any:
    """Run a statement and return its first row, if it has any."""
    result = connection.exec_driver_sql(statement, values)
    return result.mappings().first() if result.returns_rows else None


@app.get("/readyz")
def ready() -> str:
    return "ok"


@app.get("/events/<slug>")
def page(slug: str) -> str:
    """Read what an event's page needs."""
    with alone.connect() as connection:
        event = one(connection, PAGE, slug)
    return f"{FORM}{event['title']}"


@app.get("/events/<slug>/register")
def form(slug: str) -> str:
    """Read what an event's form needs."""
    with alone.connect() as connection:
        event = one(connection, PAGE, slug)
    return f"{FORM}{event['title']}"


def open_desk(connection: Connection, event_id: int) -> Any:
    number = one(connection, TURN, event_id)["seat_sequence"]
    event = one(connection, DESK, event_id, event_id, event_id)
    if event["waits"] and event["seats_taken"] < event["capacity"]:
        one(connection, LINE, event_id, event["capacity"] - event["seats_taken"])
    return number, event


@app.post("/events/<slug>/register")
def register(slug: str) -> Response:
    """Hold a seat for an address, or put it in line, and queue a mail."""
    email, digits = request.form["email"], f"{secrets.randbelow(1_000_000):06d}"
    with engine.begin() as connection:
        event_id = one(connection, EVENT, slug)["event_id"]
        number, event = open_desk(connection, event_id)
        member_id = one(connection, NEW_MEMBER, email, request.form["name"], email, secrets.token_hex(16))[
            "id"
        ]
        fits = event["seats_taken"] < event["capacity"]
        if fits:
            one(connection, SEATS, event["seats_taken"] + 1, event_id)
        status, place = ("held", None) if fits else ("waitlisted", number)
        token = secrets.token_urlsafe(24)
        made = one(connection, NEW_RSVP, event_id, member_id, status, fits, fits, fits, place, token)
        purpose = f"rsvp:{made['id']}"
        hashes = secrets.token_hex(32), secrets.token_hex(32)
        code = one(connection, NEW_CODE, member_id, purpose, *hashes)["id"]
        mail(
            connection,
            f"confirm-seat:{hashes[0]}",
            "events/confirm_seat",
            member_id,
            email,
            {"digits": digits},
        )
    answer = Response(FORM)
    answer.set_cookie("asked", f"{code}.{made['id']}.{member_id}.{event_id}")
    return answer


def mail(connection: Connection, key: str, template: str, member_id: int, email: str, values: Any) -> None:
    message_id = f"<{secrets.token_urlsafe(24)}@localhost>"
    one(connection, MAIL, f"bare-{key}", template, member_id, email, json.dumps(values), message_id)


@app.post("/events/<slug>/register/check")
def check(slug: str) -> ResponseReturnValue:  # noqa: ARG001
    """Use up a code, confirm its seat, and queue the ticket's mail."""
    code, rsvp_id, member_id, event_id = map(int, request.cookies["asked"].split("."))
    with engine.begin() as connection:
        open_desk(connection, event_id)
        one(connection, ASKED, event_id, code)
        one(connection, USE, code)
        one(connection, PROVEN, member_id)
        one(connection, CONFIRM, rsvp_id)
        token = secrets.token_urlsafe(24)
        secret = secrets.token_hex(13)
        ticket = one(connection, NEW_TICKET, rsvp_id, secret, token, secrets.token_hex(32))["id"]
        mail(connection, f"ticket:{ticket}", "events/ticket", member_id, "bare@example.org", {})
        one(connection, CONSENTS, member_id)
        given = [(member_id, name, f"rsvp:{rsvp_id}") for name in ("invitations", "product-news", "photos")]
        one(connection, NEW_CONSENTS, *chain.from_iterable(given))
    return redirect(f"/tickets/{token}")


@app.get("/tickets/<token>")
def ticket(token: str) -> str:
    """Read what a ticket's page needs."""
    with engine.begin() as connection:
        one(connection, VISITOR, token)
        place = one(connection, PLACE, token)
        one(connection, WALLET, place["member_id"])
    return f"<svg>{place['title']}"


@app.post("/door/<slug>/scans")
def scan(slug: str) -> ResponseReturnValue:
    """Record a scan and its arrival, for the first member."""
    with engine.begin() as connection:
        one(connection, STAFF, "somebody")
        return let_in(connection, slug, 1, request.get_json()["scans"][0])


@app.post("/api/v1/events/<slug>/check-ins")
def check_in(slug: str) -> ResponseReturnValue:
    """Record a scan and its arrival, for a token's owner."""
    token = request.headers["Authorization"].removeprefix("Bearer ")
    with engine.begin() as connection:
        caller = one(connection, CALLER, digest(token))
        return let_in(connection, slug, caller["member_id"], request.get_json())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def let_in(connection: Connection, slug: str, by_id: int, said: Any) -> dict[str, str]:
    code = digest(said["code"])
    event_id = one(connection, DOORWAY, slug, by_id, code)["id"]
    row = one(connection, SEEN, said["nonce"], code, event_id)
    scan_id = one(connection, NEW_SCAN, said["nonce"], event_id, row["id"], row["digest"], by_id)["id"]
    one(connection, NEW_ARRIVAL, row["rsvp_id"], event_id, scan_id)
    return {"verdict": "welcome", "name": row["display_name"]}
