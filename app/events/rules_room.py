"""How many may register for the seats that are there, given how many of those who register come."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import ClassVar

MOST_RISK = 0.10  # that more come than there are seats
MOST_REGISTRATIONS = 2  # times the seats


@dataclass(frozen=True)
class ShowUp:
    """How many people had a seat at a chapter's past events, and how many of them came."""

    events: int
    confirmed: int
    arrived: int
    fewest_events: ClassVar[int] = 3  # under either, nothing is known of who comes
    fewest_people: ClassVar[int] = 30

    @property
    def rate(self) -> float | None:
        """Return the share (0–1) that came, or None while too little is known."""
        if self.events < self.fewest_events or self.confirmed < self.fewest_people:
            return None
        return min(1.0, self.arrived / self.confirmed)


def risk_of_more(registered: int, seats: int, rate: float) -> float:
    """Return the probability that more people come than there are seats.

    Each of n = `registered` people comes with probability p = `rate`, by themselves, so X ~ Binomial(n, p) and

        P(X > s) = Σ from k = s + 1 to n of C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ
                 = Σ from m = s to n − 1 of p · C(m, s) pˢ (1 − p)ᵐ⁻ˢ

    where the second sum, which is computed, asks who of those in turn is the first without a seat: person m + 1, if
    exactly s of the m before them came. Its terms are positive, so nothing cancels out.
    Friends who come together, and rain, make people less independent than that: the true risk is larger.
    """
    return sum(_first_without_seat(before, seats, rate) for before in range(seats, registered))


def _first_without_seat(before: int, seats: int, rate: float) -> float:
    if rate <= 0.0:
        return 0.0
    if rate >= 1.0:
        return 1.0 if before == seats else 0.0
    ways = lgamma(before + 1) - lgamma(seats + 1) - lgamma(before - seats + 1)
    return exp(ways + (seats + 1) * log(rate) + (before - seats) * log1p(-rate))


def most_registrations(seats: int, rate: float, most_risk: float = MOST_RISK) -> int:
    """Return the largest number of registrations whose risk of more people than seats is at most `most_risk`.

    Never more than twice the seats.
    """
    registered, risk = seats, 0.0
    while registered < MOST_REGISTRATIONS * seats:
        risk += _first_without_seat(registered, seats, rate)
        if risk > most_risk:
            break
        registered += 1
    return registered


@dataclass(frozen=True)
class Outlook:
    """What a number of registrations would bring: people expected, and the risk (0–1) of more than the seats."""

    registered: int
    expected: int
    risk: float


def outlook(registered: int, seats: int, rate: float) -> Outlook:
    """Return what so many registrations would bring."""
    return Outlook(registered, round(registered * rate), risk_of_more(registered, seats, rate))


def best_outlook(seats: int, known: ShowUp) -> Outlook | None:
    """Return what the largest number that keeps the risk low would bring, or None while too little is known."""
    rate = known.rate
    return None if rate is None else outlook(most_registrations(seats, rate), seats, rate)


def outlooks(seats: int, rate: float) -> list[Outlook]:
    """Return one registration a seat, and the largest number that keeps the risk low, with two neighbours a side."""
    best = most_registrations(seats, rate)
    near = {max(seats, best + step) for step in (-2, -1, 0, 1, 2)}
    return [outlook(registered, seats, rate) for registered in sorted(near | {seats})]
