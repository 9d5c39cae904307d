"""What a study needs before fans can answer it, and which product comes next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum

from app.surveys.models import About, Design
from app.surveys.rules import next_order

MOST_PRODUCTS = 12
# A fan who has not answered by then has left: the product goes to the next one, so that the cells stay even.
GIVEN_BACK_AFTER = timedelta(hours=3)


class Missing(StrEnum):
    """What keeps a study from opening, in the order in which one sees to it."""

    EVENTS = "no-event"
    QUESTIONS = "no-questions"
    PRODUCTS = "no-product"
    SECOND_PRODUCT = "one-product"
    PRODUCT_QUESTIONS = "no-product-question"


def find_missing(design: Design, events: int, products: int, asked_about: Collection[About]) -> list[Missing]:
    """List what is missing to open a study; `asked_about` comes from its published questions.

    A study without products may ask about the event alone.
    """
    about_products = About.PRODUCT in asked_about
    found = {
        Missing.EVENTS: not events,
        Missing.QUESTIONS: not asked_about,
        Missing.PRODUCTS: about_products and not products,
        Missing.SECOND_PRODUCT: design is Design.SEQUENTIAL and products == 1,
        Missing.PRODUCT_QUESTIONS: bool(products and asked_about and not about_products),
    }
    return [missing for missing, is_missing in found.items() if is_missing]


def choose_products(design: Design, products: int, used: Mapping[tuple[int, ...], int]) -> tuple[int, ...]:
    """Choose what the next fan tries, as indexes of products in serving order; nothing when there are none.

    Monadic: the one product given least so far. Sequential: all, in the least used order of a Williams square.
    `used` counts the orders given so far by their first two products, or first one when that is all.
    """
    if not products:
        return ()
    if design is Design.SEQUENTIAL:
        return next_order(products, used)
    return min(((index,) for index in range(products)), key=lambda order: used.get(order, 0))
