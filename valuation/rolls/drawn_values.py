"""Which released values are made again to prove that they can be? Some drawn from each of the newest rolls."""

from __future__ import annotations

import random
from collections.abc import Iterator

from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue
from valuation.rolls.repository import RollRepository


def drawn_values(
    rolls: RollRepository, archive: Archive, n: int, *, n_rolls: int, seed: int | None = None
) -> Iterator[tuple[ReleasedRoll, list[ReleasedValue]]]:
    """Yield the newest rolls, each with its part of `n` values drawn at random.

    Parameters
    ----------
    rolls : RollRepository
    archive : Archive
        Where the dwellings of each roll are read.
    n : int
        Values in all, spread evenly.
    n_rolls : int
        How many rolls, or as many as there are.
    seed : int, optional
        The same seed draws the same values; without one nobody can tell which are drawn.
    """
    import pyarrow.parquet as pq

    chosen = rolls.rolls()[:n_rolls]
    # What is drawn must not be known to who could change it beforehand.
    draw = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
    for place, roll in enumerate(chosen):
        own = n // len(chosen) + (place < n % len(chosen))
        ids = pq.read_table(archive.folder_of(roll) / "values.parquet", columns=["dwelling_id"])["dwelling_id"]
        drawn = sorted(draw.sample(range(len(ids)), min(own, len(ids))))
        yield roll, [rolls.value_of(roll.roll_id, ids[position].as_py()) for position in drawn]
