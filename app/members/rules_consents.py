"""What people are asked to agree to, word for word. A changed sentence needs a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.members.models import ConsentPurpose


@dataclass(frozen=True)
class ConsentText:
    """One question, as it is asked: `wording` by language. `version` dates the sentence."""

    purpose: ConsentPurpose
    version: str
    wording: Mapping[str, str]


CONSENTS = (
    ConsentText(
        ConsentPurpose.INVITATIONS,
        "2026-11",
        {
            "fr": "Pouvons-nous vous inviter à nos rencontres par e-mail\u00a0?",
            "en": "May we invite you to our meetups by e-mail?",
        },
    ),
    ConsentText(
        ConsentPurpose.PRODUCT_NEWS,
        "2026-11",
        {
            "fr": "Pouvons-nous vous donner des nouvelles de nos produits par e-mail\u00a0?",
            "en": "May we send you news of our products by e-mail?",
        },
    ),
    ConsentText(
        ConsentPurpose.PHOTOS,
        "2026-11",
        {
            "fr": "Pouvons-nous publier des photos de nos rencontres sur lesquelles on vous reconnaît\u00a0?",
            "en": "May we publish pictures of our meetups in which you can be recognised?",
        },
    ),
)


def consent_text(purpose: ConsentPurpose) -> ConsentText:
    """Return the question in force for a purpose."""
    return next(text for text in CONSENTS if text.purpose == purpose)
