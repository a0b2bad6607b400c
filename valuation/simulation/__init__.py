"""What would a municipality look like whose true values are all known? Synthetic, and said to be."""

from valuation.simulation.handover import simulate

__all__ = ["simulate"]
