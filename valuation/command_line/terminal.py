"""How does the command line talk? Results on stdout, talk on stderr; a bar on a terminal, a line per 10 % in a log."""

from __future__ import annotations

import sys
from typing import Any


def say(text: str) -> None:
    """Tell the person something; never mixed into the result."""
    print(text, file=sys.stderr, flush=True)


def result(text: str) -> None:
    """Print what the command was asked for."""
    print(text, flush=True)


class ProgressDrawer:
    """Draws how far long works have come; one bar per work on a terminal, a line per 10 % elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._told: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` units of `what` are finished."""
        if self._is_terminal:
            self._draw(what, done, total)
        else:
            self._tell(what, done, total)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def _draw(self, what: str, done: int, total: int) -> None:
        if self._bars is None:
            from rich.console import Console
            from rich.progress import Progress, TimeRemainingColumn

            self._bars = Progress(
                *Progress.get_default_columns()[:-1],
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bars.start()
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)

    def _tell(self, what: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if tenth > self._told.get(what, 0) or done == total:
            if self._told.get(what) == 10:
                return
            self._told[what] = tenth
            say(f"  {what}: {done:,} of {total:,} ({10 * tenth} %)")
