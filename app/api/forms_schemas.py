"""What the API reads and writes, field by field; its documentation is made of these."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from app.api.rules import CURSOR, read_cursor
from app.events.models import Audience, EventKind, EventStatus, GuestNames
from app.events.models_questions import AskedKind
from app.intake import tidy

MOST_A_PAGE = 100
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

# What the documentation says of fields of which one or the other is given: {schema: JSON Schema}.
EITHER: dict[str, dict[str, Any]] = {
    "NewRsvp": {
        "oneOf": [
            {
                "required": ["member_id"],
                "not": {"anyOf": [{"required": ["name"]}, {"required": ["email"]}]},
            },
            {"required": ["name", "email"], "not": {"required": ["member_id"]}},
        ]
    },
    "CheckInIn": {"oneOf": [{"required": ["code"]}, {"required": ["digest"]}]},
}


def about(text: str, **more: Any) -> dict[str, Any]:
    """Return what the documentation says of a field."""
    return {"description": text, **more}


class Whole(fields.Integer):
    """A whole number, as a number: in JSON 3.0 is one and "3" is none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Instant(fields.AwareDateTime):
    """A moment with its offset. A clock that is years off is no reason to refuse what it says has happened."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        moment = super()._deserialize(value, attr, data, **kwargs)
        return min(max(moment, EARLIEST), LATEST)


class Strict(Schema):
    """What comes in: a field that is not known is a mistake, and is said to be one."""

    class Meta:
        unknown = RAISE


class FaultSchema(Schema):
    """One thing that is wrong with a call: at a place in the body, or in a parameter."""

    detail = fields.String(required=True)
    pointer = fields.String(
        metadata=about("A JSON pointer (RFC 6901) as a fragment, like #/answers/0/value.")
    )
    parameter = fields.String(metadata=about("The parameter’s name."))
    code = fields.String(metadata=about("With code “answers”: what is wrong with an answer, for programs."))
    question_id = fields.Integer(metadata=about("Which question an answer is wrong or missing for."))


class ProblemSchema(Schema):
    """An error (RFC 9457). `code` is stable; `detail` is for whoever reads the log."""

    type = fields.String(required=True, metadata=about("Where the error is explained."))
    code = fields.String(required=True, metadata=about("What went wrong, for programs."))
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True, metadata=about("Names this call in our log."))
    errors = fields.List(fields.Nested(FaultSchema), metadata=about("What is wrong where, with 422."))


class CursorField(fields.String):
    """Where a page begins, read as the id that comes before it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return read_cursor(super()._deserialize(value, attr, data, **kwargs))
        except ValueError:
            raise ValidationError("Not a cursor of ours: begin again without one.") from None


class PageQuery(Strict):
    """Which page of a list."""

    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, MOST_A_PAGE), metadata=about("Rows a page.")
    )
    cursor = CursorField(metadata=about("From `next` of the page before, as it is.", pattern=f"^{CURSOR}$"))


class PageSchema(Schema):
    """A page of a list; the next one is at `next`, the last one has none."""

    next = fields.String(required=True, allow_none=True, metadata=about("The next page’s whole address."))


class EventQuery(PageQuery):
    """Which events."""

    chapter = fields.String(validate=validate.Length(1, 80), metadata=about("Of this chapter alone."))
    starts_after = Instant(metadata=about("That begin then or later."))


class EventSchema(Schema):
    """An event. `seats_taken` is null unless the token’s owner runs its chapter."""

    id = fields.Integer(required=True)
    slug = fields.String(required=True, metadata=about("Names the event in addresses."))
    chapter = fields.String(required=True, metadata=about("The slug of the chapter."))
    kind = fields.Enum(EventKind, by_value=True, required=True)
    status = fields.Enum(EventStatus, by_value=True, required=True)
    title = fields.String(required=True)
    description = fields.String(required=True, metadata=about("In Markdown."))
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    timezone = fields.String(required=True, metadata=about("IANA name of the zone the event is held in."))
    venue = fields.String(required=True)
    address = fields.String(required=True)
    capacity = fields.Integer(required=True)
    party_max = fields.Integer(required=True, metadata=about("The largest party that may register."))
    guest_names = fields.Enum(
        GuestNames, by_value=True, required=True, metadata=about("Whether it asks for guests’ names.")
    )
    audience = fields.Enum(
        Audience, by_value=True, required=True, metadata=about("Who may register without staff’s help.")
    )
    opens_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=about("When registration opens; null: when it is published.")
    )
    closes_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata=about("When registration closes; null: when it ends.")
    )
    seats_taken = fields.Integer(required=True, allow_none=True)
    url = fields.String(required=True, metadata=about("The page that people see."))
    updated_at = fields.AwareDateTime(required=True)


class EventPage(PageSchema):
    """A page of events, in the order in which they were written."""

    items = fields.List(fields.Nested(EventSchema), required=True)


class ConditionSchema(Schema):
    """Which answer to which earlier question a question waits for; “yes” or “no” where it was one of these."""

    question_id = fields.Integer(required=True)
    value = fields.String(required=True)


class QuestionSchema(Schema):
    """What an event asks those who register."""

    id = fields.Integer(required=True)
    kind = fields.Enum(AskedKind, by_value=True, required=True)
    label = fields.String(required=True)
    choices = fields.List(fields.String(), required=True, metadata=about("Empty unless there are some."))
    required = fields.Boolean(required=True)
    sensitive = fields.Boolean(
        required=True, metadata=about("Taken, and never given: who runs the chapter reads it in Terrain.")
    )
    only_if = fields.Nested(
        ConditionSchema, required=True, allow_none=True, metadata=about("Asked only then; null: always.")
    )


class QuestionList(Schema):
    """All questions of an event, in order."""

    items = fields.List(fields.Nested(QuestionSchema), required=True)


class SlotSchema(Schema):
    """A part of an event with seats of its own."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    capacity = fields.Integer(required=True)
    seats_taken = fields.Integer(required=True, allow_none=True)


class SlotList(Schema):
    """All slots of an event; an event without slots has none."""

    items = fields.List(fields.Nested(SlotSchema), required=True)


class Texts(Strict):
    """Texts hold no control character, which no database, page or mail could keep."""

    @pre_load
    def _tidy(self, data: Any, **_kwargs: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {name: tidy(value) if isinstance(value, str) else value for name, value in data.items()}


class CheckInIn(Texts):
    """A scan, as a device made it: `code` or `digest`."""

    nonce = fields.String(
        required=True,
        validate=validate.Regexp(re.compile(r"^[A-Za-z0-9_-]{16,40}\Z")),
        metadata=about("Made by the device, once a scan: sent again, it gets the first answer."),
    )
    code = fields.String(
        validate=validate.Length(1, 400), metadata=about("What the QR code says, or the code as typed.")
    )
    digest = fields.String(
        validate=validate.Regexp(re.compile(r"^[0-9a-f]{24}([0-9a-f]{40})?\Z")),
        metadata=about("Instead of `code`: the SHA-256 of the QR code’s text, or its first 24 digits."),
    )
    scanned_at = Instant(required=True, metadata=about("By the device’s clock."))
    device = fields.String(
        load_default="API",
        validate=validate.Regexp(re.compile(r"^[A-Za-z0-9-]{1,40}\Z")),
        metadata=about("What the device is called at the door."),
    )


class CheckInOut(Schema):
    """What the door says. A refusal is an answer too: `verdict` tells."""

    nonce = fields.String(required=True)
    verdict = fields.String(required=True)
    name = fields.String(required=True, metadata=about("Empty when no ticket of this event was read."))
    party_size = fields.Integer(required=True)
    scanned_at = fields.AwareDateTime(required=True, metadata=about("By our clock."))
    arrived_at = fields.AwareDateTime(required=True, allow_none=True)


class MemberQuery(PageQuery):
    """Which members."""

    q = fields.String(
        validate=validate.Length(max=100), metadata=about("Words of the name or address, accents or not.")
    )


class MemberSchema(Schema):
    """A member."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    city = fields.String(required=True)
    locale = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class MemberPage(PageSchema):
    """A page of members, in the order in which they came."""

    items = fields.List(fields.Nested(MemberSchema), required=True)
