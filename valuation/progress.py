"""How far has a long work come? The one thing the domain tells while it works."""

from __future__ import annotations

from collections.abc import Callable


class Progress:
    """Told how far a long work has come; the command line draws it, tests ignore it."""

    def __init__(self, report: Callable[[str, int, int], None] | None = None) -> None:
        self._report = report

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` units of `what` are finished."""
        if self._report is not None:
            self._report(what, done, total)
