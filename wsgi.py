"""WSGI entry point: `gunicorn wsgi:app`."""

import sys

from app import create_app
from app.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(3)  # gunicorn’s own code for a worker that must not be started again
