"""What psycopg2 raises for PostgreSQL, as the store's own errors."""

from __future__ import annotations

import psycopg2
from twisted.internet.defer import CancelledError

from acs.store.interface import StoreConflict, StoreError, StoreUnavailable

# Classes of SQLSTATE that tell of the server or the connection, not of the statement: connection exceptions,
# wrong role or database, resources (disk full), not in this state (a lock not to be had), operator
# intervention (shutdown, timeout), system errors, damaged data.
_SERVERS_FAULT = frozenset(["08", "28", "3D", "53", "55", "57", "58", "F0", "XX"])
_READ_ONLY = "25006"  # a standby, or a primary that has become one
# Without a SQLSTATE they are libpq's own, of the connection.
_CONNECTION = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Lost(StoreUnavailable):
    """The connection is gone, or of no further use; it has to be made anew."""


class Deadlock(StoreUnavailable):
    """The transaction was given up in favour of another, and may be said again."""


def explained(error: BaseException, closed: bool) -> BaseException:
    """The store's error for one of the driver's; ``closed`` says whether the connection is.

    Anything else is given back as it is.
    """
    if isinstance(error, CancelledError):
        # txpostgres's word for a statement that was cancelled: nobody does that but statement_timeout.
        return StoreUnavailable("a statement took too long, and was cancelled")
    if not isinstance(error, psycopg2.Error):
        return Lost(f"{type(error).__name__}: {error}") if closed else error
    words = " ".join(str(error).split()) or type(error).__name__
    state = error.pgcode or ""
    if closed or state == _READ_ONLY or (not state and isinstance(error, _CONNECTION)):
        return Lost(words)
    if state[:2] == "40":
        return Deadlock(words)
    if state[:2] in _SERVERS_FAULT:
        return StoreUnavailable(words)
    kind = StoreConflict if isinstance(error, psycopg2.IntegrityError) else StoreError
    return kind(f"{type(error).__name__}: {words}")
