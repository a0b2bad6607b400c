"""Does the service start without MLflow, also where it is installed and nobody has said which registry to read?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
LOADS = """
import sys
from api.main import create_app
from api.settings import Settings
create_app(Settings(bundle=sys.argv[1], database_url=sys.argv[2], demo=True))
print(sorted({name.split(".")[0] for name in sys.modules} & {"mlflow", "dvc", "shap", "optuna"}))
"""


def test_the_service_starts_without_mlflow(small_run, tmp_path):
    places = [str(small_run / "bundle"), f"sqlite:///{tmp_path / 'valuation.db'}"]
    given = {name: value for name, value in os.environ.items() if not name.startswith("VALUATION_")}
    asked = subprocess.run(
        [sys.executable, "-c", LOADS, *places], cwd=tmp_path, env=given | {"PYTHONPATH": str(HOME)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert asked.stdout.strip() == "[]"
