"""How does somebody look at a report before the service has pages of its own? A folder, served on loopback."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from valuation.command_line.terminal import say
from valuation.errors import ValuationError


def serve_report(folder: Path, port: int) -> None:
    """Serve the report in `folder` at http://127.0.0.1:`port` until stopped from the keyboard.

    Raises
    ------
    ValuationError
        When the port is taken.
    """
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise ValuationError(
            f"port {port} is taken: {error}",
            remedy=f"end what listens there, or open {folder / 'index.html'} as a file",
        ) from error
    say(f"The report: http://127.0.0.1:{port} (stop with Ctrl-C)")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
