"""The demo's brand, staff, chapters and fans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.brand.actions import save_brand
from app.dev.demo_pictures import logo
from app.dev.demo_story import World, dice, past_day, read_texts, read_toml
from app.events.actions_manage import create_chapter, update_chapter
from app.events.models import Chapter
from app.media import store_picture
from app.members.actions import find_or_create_member
from app.members.actions_codes import issue_code, verify_digits
from app.members.actions_roles import add_role
from app.members.models import Member
from app.slugs import slug

MAIL_DOMAIN = "example.org"  # reserved: no mail to it reaches anybody


def make_world(now: datetime) -> World:
    """Make the brand, its staff, its chapters and the fans of each."""
    began = begin_of_story(now)
    script = read_toml("demo")
    staff = {row["name"]: _make_staff(row, began) for row in script["staff"]}
    admin, marketer = (
        next(member for member in staff.values() if member.has_role(role)) for role in ("admin", "marketing")
    )
    _make_brand(script["brand"], admin, began)
    world = World(now, admin, marketer, {}, {})
    for row in script["chapters"]:
        hosts = [staff[one["name"]] for one in script["staff"] if row["city"] in one.get("chapters", ())]
        world.chapters[row["city"]] = _make_chapter(row, hosts, admin, began)
        world.hosts[row["city"]] = hosts[0]
    for row in script["chapters"]:
        world.fans[row["city"]] = list(_make_fans(row, script["fans"], began))
    return world


def begin_of_story(now: datetime) -> datetime:
    """Return when the brand began with Terrain: a month before the quarter of the first meetups."""
    first = past_day(now, 2, 1, 1, "UTC")
    return datetime(first.year, first.month, first.day, 9, tzinfo=now.tzinfo) - timedelta(days=30)


def prove_address(member: Member, at: datetime) -> None:
    """Let somebody sign in with the code of a mail, whose text nobody needs any more."""
    issued = issue_code(member, "sign-in", "/", at)
    verify_digits(issued.row.id, issued.row.mark, issued.digits, at)


def address_of(name: str) -> str:
    """Return the address of an invented person."""
    return f"{slug(name, between='.')}@{MAIL_DOMAIN}"


def _make_staff(row: dict[str, Any], at: datetime) -> Member:
    member = find_or_create_member(address_of(row["name"]), row["name"], "fr", at)
    prove_address(member, at)
    for role in row["roles"]:
        add_role(member, role, by=None)
    return member


def _make_brand(row: dict[str, Any], admin: Member, at: datetime) -> None:
    texts = {"legal": read_texts("legal"), "house_rules": read_texts("house_rules"), "default_locale": "fr"}
    save_brand(row | texts, store_picture(logo()), False, admin.id, at)


def _make_chapter(row: dict[str, Any], hosts: list[Member], admin: Member, at: datetime) -> Chapter:
    chapter = create_chapter(row["city"], row["city"], row["country"], row["timezone"], admin, at)
    update_chapter(chapter, chapter.name, hosts, admin)
    return chapter


def _make_fans(row: dict[str, Any], names: dict[str, Any], began: datetime) -> Iterator[Member]:
    city = row["city"]
    people = name_people(row["fans"], names, dice(f"fans {city}"), abroad=row["country"] != "FR")
    for number, (name, locale) in enumerate(people):
        called = row.get("first_fan", name) if number == 0 else name
        at = began + timedelta(minutes=47 * number)
        member = find_or_create_member(address_of(called), called, locale, at)
        member.city = city
        prove_address(member, at)
        yield member


def name_people(
    count: int, names: dict[str, Any], random: Random, *, abroad: bool = False
) -> Iterator[tuple[str, str]]:
    """Invent people: (name, language), a third of them English-speaking abroad and one in eleven in France."""
    french = _pairs(names["first_names"], names["last_names"], random)
    english = _pairs(names["english_first_names"], names["english_last_names"], random)
    for number in range(1, count + 1):
        if number % (3 if abroad else 11) == 0:
            yield next(english), "en"
        else:
            yield next(french), "fr"


def _pairs(first_names: str, last_names: str, random: Random) -> Iterator[str]:
    first, last = first_names.split(), last_names.split()
    random.shuffle(first)
    random.shuffle(last)
    return (" ".join(pair) for pair in zip(first, last, strict=False))
