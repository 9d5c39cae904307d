"""Forms of rewards."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from app.i18n import LOCALES, _l
from app.loyalty.models import Reward


class RewardForm(FlaskForm):
    """A reward, in both languages."""

    name_fr = StringField(_l("Name in French"), [InputRequired(_l("Enter a name.")), Length(max=80)])
    name_en = StringField(_l("Name in English"), [InputRequired(_l("Enter a name.")), Length(max=80)])
    description_fr = TextAreaField(_l("Description in French"), [Length(max=500)])
    description_en = TextAreaField(_l("Description in English"), [Length(max=500)])
    cost = IntegerField(
        _l("Cost in points"),
        [
            InputRequired(_l("Enter a number.")),
            NumberRange(1, 100_000, _l("Enter a number from 1 to 100,000.")),
        ],
    )
    stock = IntegerField(
        _l("Pieces in all"),
        [
            InputRequired(_l("Enter a number.")),
            NumberRange(0, 100_000, _l("Enter a number from 0 to 100,000.")),
        ],
        description=_l("Those already taken included."),
    )
    picture = FileField(_l("Picture"), description=_l("JPEG, PNG or WebP, at most 8 MB."))
    active = BooleanField(_l("On offer"), default=True)

    @classmethod
    def of(cls, reward: Reward | None) -> RewardForm:
        if reward is None:
            return cls()
        texts = {f"name_{code}": reward.name.get(code) for code in LOCALES}
        texts |= {f"description_{code}": reward.description.get(code) for code in LOCALES}
        return cls(obj=reward, data=texts)

    def values(self) -> dict[str, Any]:
        """Return the reward's columns, without the picture."""
        return {
            "name": {code: (self[f"name_{code}"].data or "").strip() for code in LOCALES},
            "description": {code: (self[f"description_{code}"].data or "").strip() for code in LOCALES},
            "cost": self.cost.data,
            "stock": self.stock.data,
            "active": self.active.data,
        }


class RedeemForm(FlaskForm):
    """One tap; the key was made with the page, so that a second tap buys nothing more."""

    request_key = HiddenField(validators=[InputRequired(), Length(min=16, max=40)])


class HandOverForm(FlaskForm):
    """The code of a reward, scanned or typed."""

    code = StringField(_l("Reward code"), [InputRequired(_l("Scan or type the code.")), Length(max=60)])
