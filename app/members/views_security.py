"""What Flask-Security’s views stand on here: our commit, our outbox, codes that work once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask import Response, after_this_request, current_app, request
from flask_security import MailUtil, SQLAlchemyUserDatastore, UserMixin
from flask_security.mail_util import EmailValidateException
from flask_security.totp import Totp
from flask_security.utils import get_message
from passlib.exc import TokenError  # type: ignore[import-untyped]
from sqlalchemy.orm import joinedload

from app.brand.queries import keep_brand, with_brand
from app.db import commit, db
from app.members.models import Member, Role
from app.members.queries import find_visitor
from app.members.rules_people import is_email, normalise_email
from app.outbox import queue_mail
from app.tokens import new_link_token
from app.web import absolute_url

View = TypeVar("View", bound=Callable[..., Any])

TEMPLATES = {
    "reset_instructions": "members/password_link",
    "reset_notice": "members/password_changed",
    "change_notice": "members/password_changed",
}


def roles_alone(view: View) -> View:
    """Let `current_user` be a Visitor in this view, which asks no more of a member than its gate does."""
    view.roles_alone = True  # type: ignore[attr-defined]
    return view


@cache
def _of_session() -> sa.Select[Member]:
    """Make the query once; not at import, when not all models are there yet."""
    whose = sa.select(Member).where(Member.fs_uniquifier == sa.bindparam("of_session"))
    return whose.options(joinedload(Member.roles))


@cache
def _of_session_with_brand() -> sa.Select[*tuple[Any, ...]]:
    return with_brand(_of_session(), Member)


class Datastore(SQLAlchemyUserDatastore):
    """Members and roles, committed the way everything else is: so that mail of theirs is sent at once."""

    def __init__(self) -> None:
        super().__init__(db, Member, Role)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> UserMixin | None:
        """Find a member by one column. That of the session is looked for with each request: its query is made once."""
        if set(kwargs) == {"fs_uniquifier"} and not case_insensitive:
            if hasattr(current_app.view_functions.get(request.endpoint or ""), "roles_alone"):
                return find_visitor(kwargs["fs_uniquifier"])
            values = {"of_session": kwargs["fs_uniquifier"]}
            if request.method != "GET":  # which is answered without a page, or with a redirect to one
                return db.session.scalars(_of_session(), values).unique().one_or_none()
            row = db.session.execute(_of_session_with_brand(), values).unique().one_or_none()
            if row is None:
                return None
            keep_brand(row)
            return cast(UserMixin, row[0])
        return super().find_user(case_insensitive, **kwargs)

    def commit(self) -> None:
        commit()


class OutboxMail(MailUtil):
    """Put Flask-Security's mails in the outbox, in its transaction, with our words."""

    def send_mail(
        self,
        template: str,
        subject: str,  # noqa: ARG002 - Flask-Security's own words, ours are in the template
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],  # noqa: ARG002
        body: str | None,  # noqa: ARG002
        html: str | None,  # noqa: ARG002
        **kwargs: Any,
    ) -> None:
        """Queue the mail and commit at the end of the request: some of its views send and commit nothing."""
        member: Member = kwargs["user"]
        name = template.rpartition("/")[2]
        context: dict[str, Any] = {"name": member.display_name}
        if token := kwargs.get("reset_token"):
            # Not Flask-Security's own address: it is built from the Host header, which the asker chooses.
            context["link"] = absolute_url("security.reset_password", token=token)
        queue_mail(
            TEMPLATES[name],
            to=str(recipient),
            key=f"{name}:{new_link_token()}",
            locale=member.locale,
            member_id=member.id,
            **context,
        )
        after_this_request(_commit)

    def normalize(self, email: str) -> str:
        """Return an address as members have it, or raise EmailValidateException."""
        if not is_email(email):
            raise EmailValidateException(get_message("INVALID_EMAIL_ADDRESS")[0])
        return normalise_email(email)

    def validate(self, email: str) -> str:
        """Do the same as `normalize`: whether mail arrives is known by sending one, not by asking DNS."""
        return self.normalize(email)


def _commit(response: Response) -> Response:
    commit()
    return response


class OneUseTotp(Totp):
    """Authenticator codes that work once, so that one read over a shoulder is worth nothing."""

    def verify_totp(self, token: str, totp_secret: str, user: UserMixin, window: int = 0) -> bool:
        """Take a code whose 30-second step is after the last one taken; two requests at once cannot both win."""
        try:
            step = self._totp.verify(token, totp_secret, window=window).counter
        except TokenError:
            return False
        newer = sa.or_(Member.totp_counter.is_(None), Member.totp_counter < step)
        taken = sa.update(Member).where(Member.id == user.id, newer).values(totp_counter=step)
        result: Any = db.session.execute(taken, execution_options={"synchronize_session": False})
        return bool(result.rowcount == 1)
