"""Is the port free on which the service is to listen? Asked before anything slow."""

from __future__ import annotations

import errno
import socket

from valuation.errors import WrongUse


def need_free_port(host: str, port: int) -> None:
    """Listen nowhere yet, but see that one could.

    Raises
    ------
    WrongUse
        When something else listens there, or nobody can.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as asked:
            # As the service does: connections of one that has just ended do not stand in its way.
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            asked.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise WrongUse(
                f"another program listens on port {port} of {host} already",
                expected="a port nobody listens on",
                remedy=f"stop that program, or choose another port, such as VALUATION_PORT={port + 1}",
            ) from error
        raise WrongUse(
            f"nothing can listen on port {port} of {host}: {error.strerror}",
            expected="an address of this machine, and a port that you may listen on",
            remedy="correct VALUATION_HOST or VALUATION_PORT",
        ) from error
