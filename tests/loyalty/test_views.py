"""The wallet as a member opens it, and rewards as staff hand them over."""

from __future__ import annotations

import sqlalchemy as sa

from app.clock import now
from app.db import db
from app.events.models import Event, RsvpStatus
from app.events.models_door import CheckIn
from app.loyalty.actions import redeem
from app.loyalty.actions_ledger import settle
from app.loyalty.models import Redemption, Reward
from app.members.models import Member
from app.tokens import new_link_token
from tests.client import Client, field_value, text_of
from tests.factories import make_check_in, make_event, make_reward, make_rsvp

WALLET = "/me/points"


def come(member: Member, event: Event) -> None:
    make_check_in(make_rsvp(event, member, RsvpStatus.CONFIRMED))


def take(client: Client, reward: Reward) -> Redemption:
    """Take a reward through the page and return what was written."""
    html = client.get(WALLET).text
    data = {name: field_value(html, name) for name in ("csrf_token", "request_key")}
    assert client.post(f"{WALLET}/rewards/{reward.id}", data=data).status_code == 302
    assert client.post(f"{WALLET}/rewards/{reward.id}", data=data).status_code == 302  # a second tap
    return db.session.scalars(sa.select(Redemption)).one()


def test_the_wallet_shows_the_points_of_a_check_in_of_a_minute_ago(
    as_fan: Client, fan: Member, event: Event
) -> None:
    assert "Pas encore de points" in text_of(as_fan.get(WALLET).text)
    come(fan, event)
    assert "+100" in text_of(as_fan.get(WALLET).text)


def test_a_reward_is_taken_once_and_its_code_shown(as_fan: Client, fan: Member, event: Event) -> None:
    come(fan, event)
    taken = take(as_fan, make_reward(cost=100))
    page = as_fan.get(f"{WALLET}/codes/{taken.id}")
    assert taken.code in page.text
    assert "<svg" in page.text


def test_a_reward_given_back_returns_its_points(as_fan: Client, fan: Member, event: Event) -> None:
    come(fan, event)
    taken = take(as_fan, make_reward(cost=100))
    path = f"{WALLET}/codes/{taken.id}"
    as_fan.post(f"{path}/cancel", data=as_fan.csrf(path))
    assert "Vos points sont de retour" in text_of(as_fan.get(WALLET).text)


def test_nobody_is_told_that_points_are_back_which_a_check_in_undone_meanwhile_had_paid(
    as_fan: Client, fan: Member, event: Event
) -> None:
    come(fan, event)
    taken = take(as_fan, make_reward(cost=100))
    db.session.execute(sa.update(CheckIn).values(undone_at=now()))
    settle(now(), fan.id)
    path = f"{WALLET}/codes/{taken.id}"
    as_fan.post(f"{path}/cancel", data=as_fan.csrf(path))
    wallet = text_of(as_fan.get(WALLET).text)
    assert "La récompense est annulée." in wallet
    assert "sont de retour" not in wallet


def test_somebody_else_cannot_see_a_code(as_fan: Client, fan: Member, event: Event, as_cm: Client) -> None:
    come(fan, event)
    taken = take(as_fan, make_reward(cost=100))
    assert as_cm.get(f"{WALLET}/codes/{taken.id}").status_code == 404


def test_too_few_points_say_so_and_take_nothing(as_fan: Client, fan: Member, event: Event) -> None:
    reward = make_reward(cost=100)
    html = as_fan.get(WALLET).text
    assert "Prendre" not in text_of(html)
    data = as_fan.csrf(WALLET) | {"request_key": "a-made-up-request-key"}
    come(fan, event)
    reward.cost = 101
    as_fan.post(f"{WALLET}/rewards/{reward.id}", data=data)
    assert db.session.get_one(Reward, reward.id).redeemed == 0


def test_a_cm_hands_a_reward_over_once(as_fan: Client, fan: Member, event: Event, as_cm: Client) -> None:
    come(fan, event)
    taken = take(as_fan, make_reward(cost=100))
    path = "/manage/rewards/hand-over"
    typed = f"r{taken.code[:13].lower()} {taken.code[13:]}"
    answer = as_cm.post(path, data=as_cm.csrf(path) | {"code": typed}, follow_redirects=True)
    assert fan.display_name in text_of(answer.text)
    again = as_cm.post(path, data=as_cm.csrf(path) | {"code": typed})
    assert "déjà été remise" in text_of(again.text)


def test_a_fan_cannot_hand_over_nor_a_cm_change_rewards(as_fan: Client, as_cm: Client) -> None:
    assert as_fan.get("/manage/rewards/hand-over").status_code == 403
    assert as_cm.get("/manage/rewards/new").status_code == 403


def test_an_admin_adds_a_reward_and_a_stock_below_what_is_promised_is_refused(
    as_admin: Client, as_fan: Client, fan: Member, event: Event
) -> None:
    values = {"name_fr": "Affiche", "name_en": "Poster", "cost": 100, "stock": 2, "active": "y"}
    path = "/manage/rewards/new"
    as_admin.post(path, data=as_admin.csrf(path) | values)
    reward = db.session.scalars(sa.select(Reward)).one()
    come(fan, event)
    take(as_fan, reward)
    path = f"/manage/rewards/{reward.id}"
    answer = as_admin.post(path, data=as_admin.csrf(path) | values | {"stock": 0})
    assert "déjà promis" in text_of(answer.text)


def test_the_wallet_costs_the_same_with_one_row_and_with_thirty(
    as_fan: Client, fan: Member, event: Event, statements: list[str]
) -> None:
    counts = []
    for more in (1, 29):
        for _ in range(more):
            come(fan, make_event(event.chapter))
            reward = make_reward()
            settle(now(), fan.id)
            redeem(fan, reward.id, new_link_token(), now())
        as_fan.get(WALLET)
        statements.clear()
        assert as_fan.get(WALLET).text.count("/me/points/codes/") >= more
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 14, "\n\n".join(statements)
