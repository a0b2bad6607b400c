"""Which jurisdiction file would fit a table somebody has?

A proposal to be read and corrected: every guess stands as a comment beside what was guessed, with its reason. The file
loads and runs as it is, so that an analyst sees first values the same day.
"""

from valuation.jurisdictions.draft.proposal import draft_jurisdiction

__all__ = ["draft_jurisdiction"]
