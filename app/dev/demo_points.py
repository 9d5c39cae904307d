"""The demo's points and rewards: what was earned, what was taken, what was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from app.db import db
from app.dev.demo_story import World, dice, read_toml
from app.events.models import Event, Rsvp
from app.loyalty.actions import cancel_redemption, create_reward, hand_over, redeem
from app.loyalty.actions_ledger import settle
from app.loyalty.models import Redemption, Reward
from app.loyalty.queries import balance
from app.members.models import Member
from app.tokens import new_link_token

TAKEN_LATELY = 9  # rewards taken since the last meetup and not collected yet


def make_rewards(at: datetime) -> None:
    """Put the rewards on offer."""
    for row in read_toml("demo")["rewards"]:
        create_reward({"active": True} | row, at)


def earn(arrived: Sequence[Rsvp], event: Event) -> None:
    """Settle the points of those who came, when the meetup is over."""
    for rsvp in arrived:
        settle(event.ends_at + timedelta(minutes=20), rsvp.member_id)


def collect(world: World, event: Event, arrived: Sequence[Rsvp]) -> None:
    """Let two of those who came take a reward at the bar, where the CM hands it over at once."""
    random, at = dice(f"bar {event.slug}"), event.starts_at + timedelta(hours=1)
    # Not the first of a city, who keep their points: whoever signs in as one has something to spend.
    for rsvp in random.sample(arrived[1:], 2):
        if redemption := _take(rsvp.member, random, at):
            at += timedelta(minutes=5)
            hand_over(redemption.code, world.hosts[event.chapter.city], at)


def take_lately(world: World) -> None:
    """Let a few take rewards in the last days, to be collected at the next meetup; one changes their mind."""
    random = dice("lately")
    some = [member for fans in world.fans.values() for member in random.sample(fans[1:], TAKEN_LATELY // 3)]
    first = next(iter(world.fans.values()))[0]
    taken = [_take(first, random, world.now - timedelta(days=2))]
    for number, member in enumerate(some, 1):
        taken.append(_take(member, random, world.now - timedelta(hours=40 - number)))
    last = [redemption for redemption in taken if redemption][-1]
    cancel_redemption(last.id, last.member_id, world.now - timedelta(minutes=90))


def _take(member: Member, random: Random, at: datetime) -> Redemption | None:
    """Take one of the rewards that a member can afford; None when there is none."""
    settle(at, member.id)
    offered = sa.select(Reward).where(
        Reward.active, Reward.redeemed < Reward.stock, Reward.cost <= balance(member.id)
    )
    rewards = db.session.scalars(offered.order_by(Reward.cost)).all()
    # The dearest tempts twice as much as each of the others.
    return (
        redeem(member, random.choice([*rewards, rewards[-1]]).id, new_link_token(), at) if rewards else None
    )
