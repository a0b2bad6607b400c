"""How often may one actor or one address ask? So many at once, and so many a minute after that.

Kept in the memory of a worker: with several workers each counts its own, and the limit of the office is theirs
together (`serve` divides it). Nothing here knows the time of day; the caller brings a clock that never runs back.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """So many a minute, and so many at once."""

    a_minute: float
    at_once: int


class RateLimit:
    """Counts askers and says how long one that asked too often must wait.

    Parameters
    ----------
    rate : Rate
    n_askers : int
        How many are remembered; the one unheard for longest is forgotten first, so that no flood of addresses fills
        the memory.
    """

    def __init__(self, rate: Rate, n_askers: int = 10_000) -> None:
        self.rate = rate
        self.n_askers = n_askers
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, asker: str, now: float, cost: float = 1.0) -> int:
        """Return 0 and count the question, or the whole seconds to wait, uncounted.

        Parameters
        ----------
        asker : str
        now : float
            Seconds of a clock that never runs back.
        cost : float
            A question that costs more, counted as so many.
        """
        left, since = self._left.pop(asker, (float(self.rate.at_once), now))
        left = min(float(self.rate.at_once), left + max(0.0, now - since) * self.rate.a_minute / 60)
        cost = min(cost, float(self.rate.at_once))
        is_enough = left >= cost
        self._left[asker] = (left - cost if is_enough else left, now)
        if len(self._left) > self.n_askers:
            self._left.popitem(last=False)
        return 0 if is_enough else max(1, math.ceil((cost - left) * 60 / self.rate.a_minute))

    def is_spent(self, asker: str, now: float) -> int:
        """Return the seconds to wait as `wait` would, and count nothing."""
        left, since = self._left.get(asker, (float(self.rate.at_once), now))
        left += max(0.0, now - since) * self.rate.a_minute / 60
        return 0 if left >= 1 else max(1, math.ceil((1 - left) * 60 / self.rate.a_minute))
