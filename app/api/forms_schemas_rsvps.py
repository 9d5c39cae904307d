"""What the API reads and writes of registrations, field by field."""

from __future__ import annotations

from math import isfinite
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from app.api.forms_schemas import PageQuery, PageSchema, Strict, Texts, Whole, about
from app.api.rules import LARGEST_ID
from app.events.models import CancelReason, HoldFor, RsvpStatus
from app.intake import tidy
from app.members.rules_people import NAME_MAX

MOST_ANSWERS = 200  # of which an event asks far fewer


class Flag(fields.Boolean):
    """True or false, as JSON writes them: 1 is neither."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def _is_answer(value: Any) -> None:
    good = all(isinstance(text, str) for text in value) if isinstance(value, list) else _is_single(value)
    if not good:
        raise ValidationError("Give a text, a number, true, false, or a list of texts.")


def _is_single(value: Any) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and isfinite(value))


VALUE = about(
    "A text; several texts in a list for a question with several answers; a number; true or false.",
    type=["string", "number", "boolean", "array"],
    items={"type": "string"},
)


class AnswerIn(Strict):
    """An answer to one of the event’s questions."""

    question_id = Whole(required=True, validate=validate.Range(1, LARGEST_ID))
    value = fields.Raw(required=True, validate=_is_answer, metadata=VALUE)


class AnswerOut(Schema):
    """An answer to one of the event’s questions that are not sensitive."""

    question_id = fields.Integer(required=True)
    value = fields.Raw(required=True, metadata=VALUE)


class RsvpQuery(PageQuery):
    """Which Rsvps."""

    status = fields.Enum(RsvpStatus, by_value=True, metadata=about("In this state alone."))


class RsvpSchema(Schema):
    """Somebody’s answer for an event. `email` is null unless the token may read members."""

    id = fields.Integer(required=True)
    event = fields.String(required=True, metadata=about("The event’s slug."))
    member_id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    status = fields.Enum(RsvpStatus, by_value=True, required=True)
    party_size = fields.Integer(required=True)
    slot_id = fields.Integer(required=True, allow_none=True)
    guests = fields.List(fields.String(), required=True, metadata=about("The guests’ names that are known."))
    answers = fields.List(
        fields.Nested(AnswerOut), required=True, metadata=about("None of those to sensitive questions.")
    )
    held_until = fields.AwareDateTime(required=True, allow_none=True)
    hold_for = fields.Enum(HoldFor, by_value=True, required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    cancelled_at = fields.AwareDateTime(required=True, allow_none=True)
    cancelled_because = fields.Enum(CancelReason, by_value=True, required=True, allow_none=True)


class RsvpPage(PageSchema):
    """A page of Rsvps, in the order in which they were first made."""

    items = fields.List(fields.Nested(RsvpSchema), required=True)


class NewRsvp(Texts):
    """Who takes how many seats: a member by id, or anybody by name and address."""

    member_id = Whole(
        validate=validate.Range(1, LARGEST_ID), metadata=about("A member, instead of name and address.")
    )
    name = fields.String(validate=validate.Length(1, 120))
    email = fields.Email(validate=validate.Length(max=254))
    party_size = Whole(
        load_default=1,
        validate=validate.Range(1, 10),
        metadata=about("How many come; an event may allow fewer."),
    )
    slot_id = Whole(
        allow_none=True,
        load_default=None,
        validate=validate.Range(1, LARGEST_ID),
        metadata=about("Required where the event has slots."),
    )
    locale = fields.String(
        load_default="fr",
        validate=validate.OneOf(["fr", "en"]),
        metadata=about("The language of the mails to a new member."),
    )
    answers = fields.List(
        fields.Nested(AnswerIn),
        load_default=list,
        validate=validate.Length(max=MOST_ANSWERS),
        metadata=about("To the event’s questions. What is sent for one that is not asked then is dropped."),
    )
    guests = fields.List(
        fields.String(validate=validate.Length(1, NAME_MAX)),
        load_default=list,
        validate=validate.Length(max=9),
        metadata=about("The names of those who come along, where the event asks for them."),
    )
    skip_questions = Flag(
        load_default=False,
        metadata=about("Leave required questions and names open, as staff may who write somebody down."),
    )
    override_access = Flag(
        load_default=False,
        metadata=about("Register somebody to whom the event is not open, as its community managers may."),
    )

    @pre_load
    def _tidy_guests(self, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("guests"), list):
            return data
        return data | {"guests": [tidy(name) if isinstance(name, str) else name for name in data["guests"]]}
