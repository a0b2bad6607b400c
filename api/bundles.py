"""Which model version made this roll? Loaded beside the one that is served, so that an open case keeps its own.

A case is about the value that was released. When another version goes live meanwhile, the case is explained, and tried
with another fact, by the version that valued its roll: the figures on its page go on adding up to the value they are
about.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from valuation.appraisal.bundle import Bundle
from valuation.appraisal.warm_up import warm_up
from valuation.rolls.archive import Archive
from valuation.rolls.released_roll import ReleasedRoll

MOST_LOADED = 3
"""Versions kept in memory besides: that of the roll in force, of the one before, and one that was served until now."""


class Bundles:
    """The model versions this worker has loaded.

    Parameters
    ----------
    archive : Archive
        Where released rolls lie with the version that valued them.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._loaded: OrderedDict[str, Bundle] = OrderedDict()
        # Held again by whoever loads: adding is a step of its own too.
        self._alone = threading.RLock()

    def add(self, bundle: Bundle) -> None:
        """Keep a version that was loaded and checked elsewhere."""
        with self._alone:
            self._loaded[bundle.manifest["manifest_sha256"]] = bundle
            while len(self._loaded) > MOST_LOADED:
                self._loaded.popitem(last=False)

    def of_roll(self, roll: ReleasedRoll) -> Bundle:
        """Return the version a roll was valued by, from the archive where it is not in memory.

        Raises
        ------
        WrongUse
            When the archive does not hold it.
        BundleRefused, InputRefused
            When it is not what was released.
        """
        # One at a time: two who ask for the same version do not load it twice.
        with self._alone:
            known = self._loaded.get(roll.manifest_sha256)
            if known is None:
                known = self._archive.bundle_of(roll)
                warm_up(known)
                self.add(known)
            else:
                self._loaded.move_to_end(roll.manifest_sha256)
        return known
