"""Members over the API: found without accents, known only to who may know them."""

from __future__ import annotations

from app.events.models import Event, RsvpStatus
from app.members.models import Member
from tests.api.conftest import Opener
from tests.factories import make_member, make_rsvp


def test_an_administrator_finds_everybody_and_a_cm_who_came_to_them(
    program: Opener, cm: Member, outsider: Member, admin: Member, fan: Member, event: Event
) -> None:
    make_rsvp(event, fan, RsvpStatus.CANCELLED)
    found = {
        who.id: [item["id"] for item in program(who).get("/members").get_json()["items"]]
        for who in (admin, cm, outsider)
    }
    assert set(found[admin.id]) >= {fan.id, cm.id, admin.id}
    assert (found[cm.id], found[outsider.id]) == ([fan.id], [])
    assert program(cm).get(f"/members/{fan.id}").get_json()["email"] == fan.email
    assert program(outsider).get(f"/members/{fan.id}").status_code == 404


def test_a_member_is_found_without_accents(program: Opener, admin: Member) -> None:
    zoe = make_member("Zoé Lefèvre")
    (found,) = program(admin).get("/members?q=lefevre ZOE").get_json()["items"]
    assert found["id"] == zoe.id


def test_members_come_in_pages(program: Opener, admin: Member) -> None:
    made = [make_member(f"Page {number}").id for number in range(5)]
    path, seen = "/members?limit=2&q=page", []
    while path:
        page = program(admin).get(path).get_json()
        seen += [item["id"] for item in page["items"]]
        path = page["next"]
    assert seen == made


def test_who_left_is_no_member_any_more(program: Opener, admin: Member, fan: Member) -> None:
    from app.clock import now

    fan.erased_at = now()
    assert program(admin).get(f"/members/{fan.id}").status_code == 404
