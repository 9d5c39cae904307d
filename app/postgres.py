"""PostgreSQL's driver, spared work that SQLAlchemy does not need."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus


class Connection(psycopg.Connection[Any]):
    """A connection that keeps its prepared statements when it gives up a transaction that only read.

    A page that reads ends without a commit, and after each ROLLBACK the driver throws away what it prepared: the next
    five runs of every statement would be parsed and planned anew. Where nothing was written COMMIT is the same.
    """

    wrote = False

    def commit(self) -> None:
        self.wrote = False
        super().commit()

    def rollback(self) -> None:
        only_read = not self.wrote and self.pgconn.transaction_status == TransactionStatus.INTRANS
        self.wrote = False
        if only_read:
            super().commit()
        else:
            super().rollback()


class Cursor(psycopg.Cursor[Any]):
    """A cursor that tells its connection of writes, and describes columns by name and type alone.

    Whatever is not answered as a SELECT counts as a write. So a SELECT may not write: no INSERT in its WITH.
    """

    def execute(self, *arguments: Any, **options: Any) -> Cursor:
        super().execute(*arguments, **options)
        if self.pgresult is None or not (self.pgresult.command_status or b"").startswith(b"SELECT"):
            self._note_write()
        return self

    def executemany(self, *arguments: Any, **options: Any) -> None:
        self._note_write()
        super().executemany(*arguments, **options)

    def _note_write(self) -> None:
        assert isinstance(self.connection, Connection)  # noqa: S101 - `connect` made it
        self.connection.wrote = True

    @property
    def description(self) -> Any:
        answer = self.pgresult
        if answer is None or not answer.nfields:
            return super().description
        return [((answer.fname(i) or b"").decode(), answer.ftype(i)) for i in range(answer.nfields)]


def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Connection:
    """Connect as SQLAlchemy's `do_connect` event asks for it."""
    return Connection.connect(*arguments, cursor_factory=Cursor, **options)
