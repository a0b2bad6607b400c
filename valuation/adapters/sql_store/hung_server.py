"""Does a PostgreSQL that says nothing still work, or does it hang? Asked, so that nobody waits for ever.

A server that goes down closes its connections, and a machine that goes down is missed by the system. A server that
hangs does neither: its machine goes on taking what is sent, and a limit that the server keeps itself runs out with
nobody to notice. Nor may a question simply end after some seconds: a release counts its tables for longer than a page
may take. So whoever has heard nothing for a moment knocks at the same address anew: a server that works answers there
at once, however busy it is.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Generator
from typing import Any

import psycopg

SILENT_S = 2.0
"""How long nothing may be heard before it is asked whether the server works at all."""
KNOCK_S = 2.0
"""How long a server that works may take to answer a knock."""
KNOCK_AGAIN_S = 10.0
"""Time between two knocks while a long question is being answered."""
_MAY_WE_ENCRYPT = struct.pack("!ii", 8, 80877103)
"""The first message of PostgreSQL's protocol that needs no name: `SSLRequest`, answered by one byte."""


class GuardedConnection(psycopg.Connection[Any]):
    """A connection that is given up when its server hangs."""

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait for an answer, as long as the server gives signs of life."""
        return super().wait(self._guarded(gen), *args, **kwargs)

    def _guarded(self, answer: Any) -> Generator[Any, Any, Any]:
        """Go through the steps of an answer; what was ready is 0 where nothing was heard for a while."""
        knock_at = time.monotonic() + SILENT_S
        try:
            wanted = next(answer)
            while True:
                ready = yield wanted
                if ready:
                    knock_at = time.monotonic() + SILENT_S
                elif time.monotonic() > knock_at:
                    self._need_a_sign_of_life()
                    knock_at = time.monotonic() + KNOCK_AGAIN_S
                wanted = answer.send(ready)
        except StopIteration as ended:
            return ended.value

    def _need_a_sign_of_life(self) -> None:
        host, port = self.info.hostaddr or self.info.host, self.info.port
        if not opens(host, port):
            # What was asked may never be answered: the connection is of no use to anybody.
            self.pgconn.finish()
            raise psycopg.OperationalError("the server takes connections and answers none: it hangs")


def opens(host: str, port: int) -> bool:
    """Return whether somebody answers at an address, or refuses; False only where nobody says anything.

    A server that refuses is gone, and then the system closes what is open to it.
    """
    knock = socket.socket(
        socket.AF_UNIX if host.startswith("/") else socket.AF_INET6 if ":" in host else socket.AF_INET
    )
    with knock:
        knock.settimeout(KNOCK_S)
        try:
            knock.connect(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
            knock.sendall(_MAY_WE_ENCRYPT)
            knock.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True
    return True
