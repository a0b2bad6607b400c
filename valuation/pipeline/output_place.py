"""Why can no folder be made there, and what is to be done about it?"""

from __future__ import annotations

import os
from pathlib import Path

from valuation.errors import WrongUse


def make_folder(folder: Path) -> None:
    """Make a folder for results, where it is not there.

    Raises
    ------
    WrongUse
        When none can be made there: says what stands in the way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
        raise no_folder_at(folder) from error


def no_folder_at(folder: Path) -> WrongUse:
    """Return the refusal of a place for a result at which no folder can be made.

    Parameters
    ----------
    folder : Path
        The folder that could not be made, or a file in it.
    """
    return WrongUse(
        f"no folder can be made at {folder}: {_in_the_way(folder)}",
        expected="a place where a folder can be made",
        remedy="choose another --out, or take away what stands in its way",
    )


def _in_the_way(folder: Path) -> str:
    """Return what is there of the path, from its end, and why it cannot hold a folder."""
    place = next(there for there in (folder, *folder.absolute().parents) if os.path.lexists(there))
    if place.is_symlink() and not place.exists():
        return f"{place} is a link to {place.readlink()}, which is not there"
    if not place.is_dir():
        return f"{place} is a file"
    return f"{place} takes no new folder"
