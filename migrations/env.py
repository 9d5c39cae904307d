"""Alembic's environment: the application's engine and models, one transaction a run."""

from alembic import context
from flask import current_app

# Every module that defines a table, so that none is forgotten when models and migrations are compared.
from app import audit, media, outbox  # noqa: F401
from app.api import models as api  # noqa: F401
from app.api import models_webhooks  # noqa: F401
from app.brand import models as brand  # noqa: F401
from app.db import db
from app.events import models_door, models_questions  # noqa: F401
from app.loyalty import models as loyalty  # noqa: F401
from app.members import models_import  # noqa: F401
from app.reports import models as reports  # noqa: F401

arguments = current_app.extensions["migrate"].configure_args

with db.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=db.metadata, **arguments)
    with context.begin_transaction():
        context.run_migrations()
