"""Flask-Security: sessions, staff passwords and second factors."""

from __future__ import annotations

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from app.db import db
from app.members.models import Member, Role
from app.web import PUBLIC

datastore = SQLAlchemyUserDatastore(db, Member, Role)
security = Security()


def init_app(app: Flask) -> None:
    app.config.update(
        SECURITY_PASSWORD_SALT=app.config["SECRET_KEY"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_LOGIN_URL="/staff/sign-in",
        SECURITY_LOGOUT_URL="/staff/sign-out",
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_REQUIRED=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": app.config["SECRET_KEY"]},
        SECURITY_TOTP_ISSUER="Terrain",
        SECURITY_SEND_REGISTER_EMAIL=False,
    )
    security.init_app(app, datastore, register_blueprint=True)
    app.config["ACCESS_BY_ENDPOINT"]["security.login"] = PUBLIC
