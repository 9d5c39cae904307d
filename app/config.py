"""Settings, all from the environment. A wrong one stops the start with one sentence."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A setting is wrong; the message names the variable, its value and what is allowed."""


@dataclass(frozen=True)
class Setting:
    """One TERRAIN_… variable: how it is read, what it may be, and what for."""

    name: str
    parse: Callable[[str], Any]
    default: str
    allowed: str
    about: str

    def read(self, environ: Mapping[str, str]) -> Any:
        raw = environ.get(f"TERRAIN_{self.name}", "") or self.default
        try:
            return self.parse(raw)
        except ValueError:
            # The sentence goes to logs: an address is shown without its user and password.
            shown = "***" if "SECRET" in self.name else re.sub("//.*@", "//***@", raw)
            raise ConfigError(f"TERRAIN_{self.name} is “{shown}”, but must be {self.allowed}.") from None


def one_of(*values: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in values:
            raise ValueError(raw)
        return raw

    return parse


def integer(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        number = int(raw)
        if not low <= number <= high:
            raise ValueError(raw)
        return number

    return parse


def url(*schemes: str, optional: bool = False) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if optional and not raw:
            return ""
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(raw)
        return raw

    return parse


def secret(raw: str) -> str:
    if raw and len(raw) < 32:
        raise ValueError(raw)
    return raw


def address(raw: str) -> str:
    if "@" not in raw:
        raise ValueError(raw)
    return raw


SETTINGS = (
    Setting(
        "ENV",
        one_of("production", "development"),
        "production",
        "“production” or “development”",
        "Development adds /dev pages and one-tap sign-in links; never use it on a public address.",
    ),
    Setting(
        "SECRET_KEY",
        secret,
        "",
        "at least 32 characters (python -c 'import secrets; print(secrets.token_hex())')",
        "Signs sessions and forms. Required in production; in development one is made and kept.",
    ),
    Setting(
        "INSTANCE",
        Path,
        str(ROOT / "instance"),
        "a folder that Terrain may write to",
        "Where the embedded database, the jobs and mails written to files are kept.",
    ),
    Setting(
        "PUBLIC_URL",
        url("http", "https"),
        "http://localhost:8000",
        "an http:// or https:// address",
        "Where people reach Terrain; every link in a mail begins with it.",
    ),
    Setting(
        "DATABASE_URL",
        url("sqlite", "postgresql+psycopg", optional=True),
        "",
        "sqlite:///path or postgresql+psycopg://user:password@host/name, or empty",
        "The database: PostgreSQL ≥ 15 for more than one machine. Empty: SQLite in the instance folder.",
    ),
    Setting(
        "REDIS_URL",
        url("redis", "rediss", "unix", optional=True),
        "",
        "redis://host:6379/0, or empty",
        "Jobs and rate limits shared by several machines. Empty: jobs in the instance folder.",
    ),
    Setting(
        "MAIL",
        one_of("file", "console", "smtp"),
        "file",
        "“file”, “console” or “smtp”",
        "How mail leaves: written to files, printed, or sent.",
    ),
    Setting(
        "SMTP_URL",
        url("smtp", "smtps"),
        "smtp://localhost:25",
        "smtp://user:password@host:587 (STARTTLS when offered) or smtps://… (TLS from the start)",
        "The mail server, with TERRAIN_MAIL=smtp.",
    ),
    Setting(
        "MAIL_FROM",
        address,
        "terrain@localhost",
        "an e-mail address",
        "The sender of every mail; its name is the brand's.",
    ),
    Setting(
        "MIN_GROUP",
        integer(3, 100),
        "5",
        "a whole number from 3 to 100",
        "No figure is shown about fewer people than this.",
    ),
    Setting(
        "TRUSTED_PROXIES",
        integer(0, 5),
        "0",
        "a whole number from 0 to 5",
        "How many reverse proxies stand in front and set X-Forwarded-*.",
    ),
    Setting(
        "API_PER_MINUTE",
        integer(1, 10_000_000),
        "3000",
        "a whole number from 1 to 10000000",
        "Calls to /api/v1 that one token may make in a minute.",
    ),
    Setting(
        "WORKER_THREADS",
        integer(1, 32),
        "2",
        "a whole number from 1 to 32",
        "Jobs run at once by one worker.",
    ),
    Setting("LOG_FORMAT", one_of("text", "json"), "text", "“text” or “json”", "How log lines are written."),
    Setting(
        "LOG_LEVEL",
        one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "DEBUG, INFO, WARNING or ERROR",
        "The least level that is logged.",
    ),
    Setting(
        "METRICS_TOKEN",
        str,
        "",
        "any text, or empty",
        "With it /metrics wants “Authorization: Bearer …”; without it /metrics answers this machine alone.",
    ),
)


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """Read all settings into a Flask configuration. Raises ConfigError with one sentence."""
    settings = {setting.name: setting.read(environ) for setting in SETTINGS}
    development = settings["ENV"] == "development"
    instance = settings["INSTANCE"]
    if not settings["SECRET_KEY"]:
        if not development:
            raise ConfigError("TERRAIN_SECRET_KEY is empty, but production needs at least 32 characters.")
        settings["SECRET_KEY"] = _kept_secret(instance / "secret_key")
    secure = settings["PUBLIC_URL"].startswith("https://")
    return settings | {
        "ROOT": ROOT,
        "DEVELOPMENT": development,
        "APPLICATION_ROOT": urlsplit(settings["PUBLIC_URL"]).path or "/",
        "SQLALCHEMY_DATABASE_URI": settings["DATABASE_URL"] or f"sqlite:///{instance / 'terrain.sqlite3'}",
        # An error of the database would write names, addresses and tokens into the log.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": not development},
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": 8 * 3600,
        "LIMITS": True,  # whether who asks too often is slowed down; tests ask as often as they like
        "ACCESS_BY_ENDPOINT": {},
    }


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as new:
            new.write(secrets.token_hex())
    except FileExistsError:
        pass
    return path.read_text()


def as_markdown() -> str:
    """Return docs/configuration.md."""
    rows = [
        f"| `TERRAIN_{s.name}` | {s.about} | {s.allowed} | {f'`{s.default}`' if s.default else '(empty)'} |"
        for s in SETTINGS
    ]
    head = "# Configuration\n\nEvery setting is an environment variable. Printed by `flask config docs`.\n\n"
    table = (
        "| variable | what for | allowed | default |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )
    return (head + table).replace(str(ROOT) + "/", "")
