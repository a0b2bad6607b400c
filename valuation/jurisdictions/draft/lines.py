"""What does the drafted file say, line by line, and what of it was guessed?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from valuation.jurisdictions.draft.column_guesses import Guess


@dataclass
class Draft:
    """The lines of the file, and the guesses said to the person."""

    lines: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)

    def put(self, line: str, why: str = "") -> None:
        """Add a line; a guess stands above it as a comment."""
        if why:
            indent = line[: len(line) - len(line.lstrip())]
            self.lines.append(f"{indent}# guessed: {why}")
            self.guesses.append(f"{line.strip()[:100]}  ({why})")
        self.lines.append(line)


def said(value: Any) -> str:
    """Return a text, number or list as it stands in YAML."""
    return json.dumps(value, ensure_ascii=False)


def missing(guess: Guess) -> str:
    """Return the texts that mean 'not known' as a part of `from`; nothing where only empty cells do."""
    return f", missing: {said(list(guess.missing))}" if guess.missing != ("",) else ""
