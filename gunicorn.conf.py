"""How gunicorn serves Terrain, found by itself in the folder it is started from; the command line comes first.

Processes by `--workers` or WEB_CONCURRENCY: one or two for each processor, on any number of machines.
"""

import gc
import socket
from typing import Any

# Each keeps a connection, which costs PostgreSQL some megabytes, and all of a process take turns in Python anyway.
threads = 3
# No header tells where this application is mounted: a proxy may pass on what a stranger sent.
forwarder_headers = ""
# Loaded once, then forked: processes share what they do not change, and the second is there at once.
# So new code wants a restart, not a reload.
preload_app = True

# Nothing is thrown away while the application is loaded, and looking for it takes a sixth of the start.
gc.disable()


def on_starting(server: Any) -> None:
    """End when a port is taken: processes that listen each for themselves would find out one after another for ever."""
    for address in server.cfg.address if server.cfg.reuse_port else ():
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise SystemExit(f"{address[0]}:{address[1]}: {error.strerror}") from None


def when_ready(_server: Any) -> None:
    """Finish what every process would otherwise do for itself, and keep the collector from copying what they share."""
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    gc.collect()
    gc.freeze()
    gc.enable()
