"""Two administrators who take the role from each other at the same moment leave one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.clock import now
from app.db import db
from app.errors import Refusal
from app.members.actions_privacy import erase_member
from app.members.actions_roles import remove_role
from app.members.models import Member
from tests.factories import make_member
from tests.meanwhile import elsewhere, just_before

WRITES = ("INSERT", "UPDATE", "DELETE")


def leave_the_role(member: Member) -> None:
    remove_role(member, "admin", None)


def leave_for_good(member: Member) -> None:
    erase_member(member, now())


@pytest.mark.parametrize("leave", [leave_the_role, leave_for_good])
def test_of_two_administrators_who_leave_at_the_same_moment_one_stays(
    each_database: Flask, leave: Callable[[Member], None]
) -> None:
    ada, bea = make_member("Ada", "admin"), make_member("Béa", "admin")
    bea_id = bea.id
    # The other one goes after all that this one had read, and before anything that it writes.
    just_before(
        WRITES,
        lambda: elsewhere(each_database, lambda: leave_the_role(db.session.get_one(Member, bea_id))),
    )
    with pytest.raises(Refusal, match="last-admin"):
        leave(ada)
    db.session.rollback()
    assert (ada.has_role("admin"), bea.has_role("admin")) == (True, False)


def test_a_role_taken_away_twice_at_the_same_moment_is_taken_once(each_database: Flask) -> None:
    cm = make_member("Inès", "cm")
    cm_id = cm.id
    just_before(
        WRITES,
        lambda: elsewhere(each_database, lambda: remove_role(db.session.get_one(Member, cm_id), "cm", None)),
    )
    assert remove_role(cm, "cm", None) is False
