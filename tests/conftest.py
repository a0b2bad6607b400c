"""What every test starts from: figures drawn to files, never to a window, and nothing from this machine's settings."""

from __future__ import annotations

import os

# Before anybody imports matplotlib: tests run where no screen is.
os.environ.setdefault("MPLBACKEND", "Agg")
# Asked for by DVC and MLflow; a test never reports to anybody.
os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "1")
