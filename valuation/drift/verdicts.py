"""What can be said of an area that is watched? The words that tables, files and pages have in common."""

from __future__ import annotations

WHOLE = "all areas"
"""In the place of an area: the municipality."""
ALARM, QUIET, BLIND = "alarm", "no alarm", "cannot be monitored"
MEASURE_WORDS = {"level": "level", "dispersion": "spread", "coverage": "share within the range"}
"""What the measures that raise an alarm are called."""
