"""Is a file what this release wrote, in the format it reads? One answer for every JSON file of a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from valuation.errors import BundleRefused


def read_stored(path: Path, known_format: int, *, expected: str = "", remedy: str) -> dict[str, Any]:
    """Read a JSON file that says its own `format`.

    Parameters
    ----------
    path : Path
    known_format : int
        The format that is read.
    expected : str
        What is expected where there is no file; by default one of that format.
    remedy : str
        What to do where it cannot be read.

    Raises
    ------
    BundleRefused
        When it is not there, is no JSON, or is of another format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        there = expected or f"a file of format {known_format}"
        raise BundleRefused(f"{path} is not there", expected=there, remedy=remedy) from error
    except (OSError, ValueError) as error:
        raise BundleRefused(f"{path} cannot be read: {error}", expected="JSON", remedy=remedy) from error
    found = content.get("format") if isinstance(content, dict) else type(content).__name__
    if found != known_format:
        raise BundleRefused(f"{path} is of format {found!r}", expected=f"format {known_format}", remedy=remedy)
    return dict(content)
