"""Does the service start without what it does not need: MLflow, and all by which models are grown and tested?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
LOADS = """
import sys
from pathlib import Path
from api.main import create_app
from api.settings import Settings
create_app(Settings(bundle=sys.argv[1], database_url=sys.argv[2], demo=True))
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.warm_up import warm_up
warm_up(load_bundle(Path(sys.argv[1])))
print(sorted(set(sys.argv[3:]) & set(sys.modules)))
"""


UNNEEDED = (
    *("mlflow", "dvc", "shap", "optuna"),
    # A worker holds what it loads for as long as it lives: together these are a hundred megabytes.
    *("lightgbm", "sklearn", "scipy.stats", "pandera", "pyproj", "openpyxl", "joserfc", "matplotlib", "weasyprint"),
)


def test_a_worker_values_dwellings_without_what_it_does_not_need(small_run, tmp_path):
    places = [str(small_run / "bundle"), f"sqlite:///{tmp_path / 'valuation.db'}"]
    given = {name: value for name, value in os.environ.items() if not name.startswith("VALUATION_")}
    asked = subprocess.run(
        [sys.executable, "-c", LOADS, *places, *UNNEEDED], cwd=tmp_path, env=given | {"PYTHONPATH": str(HOME)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert asked.stdout.strip() == "[]"
