"""Staff who sign in."""

from __future__ import annotations

import pytest
from flask_security import hash_password

from app.db import db
from app.members.models import Member
from tests.members.pages import PASSWORD, new_secret


@pytest.fixture
def staff(cm: Member) -> Member:
    """Inès, with a password and an authenticator."""
    cm.password = hash_password(PASSWORD)
    cm.tf_primary_method, cm.tf_totp_secret = "authenticator", new_secret()
    db.session.commit()
    return cm
