"""A finished run stands in MLflow as it was written; nothing else in the product knows of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from valuation.adapters.mlflow_tracking import open_ui, track_run
from valuation.errors import InputRefused, ValuationError

mlflow = pytest.importorskip("mlflow", reason="the extra `tracking` is not installed")
# MLflow's own calls into libraries it has not caught up with are not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def tracked(small_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VALUATION_ARTEFACTS", str(folder / "mlruns"))
        patch.delenv("VALUATION_TRACKING_URI", raising=False)
        runs = [track_run(small_run), track_run(small_run)]
        yield runs, mlflow.MlflowClient()


def test_the_figures_of_all_three_models_are_recorded(tracked, small_run):
    runs, client = tracked
    figures = client.get_run(runs[0].run_id).data.metrics
    metrics = json.loads((small_run / "evaluation" / "metrics.json").read_text("utf-8"))
    for model in ("boosted", "tree", "baseline"):
        assert figures[f"overall/{model}/cod"] == pytest.approx(metrics["overall"][model]["cod"])
        assert any(name.startswith("by_dwelling_type/") and f"/{model}/mdape" in name for name in figures)


def test_code_data_and_settings_are_recorded(tracked, small_run):
    runs, client = tracked
    run = client.get_run(runs[0].run_id)
    manifest = json.loads((small_run / "bundle" / "manifest.json").read_text("utf-8"))
    assert run.data.tags["code_sha256"] == manifest["made_of"]["code_sha256"]
    assert run.data.tags["is_synthetic"] == "true"
    assert run.data.params["train/n_folds"] == "2"
    assert any(tag.endswith("/sha256") for tag in run.data.tags)


def test_the_bundle_is_an_artefact_to_the_byte(tracked, small_run, tmp_path):
    runs, client = tracked
    kept = Path(client.download_artifacts(runs[0].run_id, "bundle/manifest.json", str(tmp_path))).read_bytes()
    assert kept == (small_run / "bundle" / "manifest.json").read_bytes()


def test_the_summary_plot_of_contributions_is_an_artefact(tracked, tmp_path):
    pytest.importorskip("shap")
    runs, client = tracked
    drawn = Path(client.download_artifacts(runs[0].run_id, "explain/summary.png", str(tmp_path))).read_bytes()
    assert drawn.startswith(b"\x89PNG")


def test_the_newest_version_is_the_candidate_and_tracking_makes_none_live(tracked):
    runs, client = tracked
    aliases = client.get_registered_model(runs[0].model_name).aliases
    versions = {alias: str(version) for alias, version in aliases.items()}
    assert versions == {"candidate": runs[1].model_version}


def test_an_unfinished_run_is_not_tracked(tmp_path):
    with pytest.raises(InputRefused, match="finished run"):
        track_run(tmp_path)


def test_a_value_needs_no_mlflow(small_run):
    program = (
        "import sys, pathlib, pandas as pd\n"
        "from valuation.appraisal.appraise import appraise\n"
        "from valuation.appraisal.bundle import load_bundle\n"
        "run = pathlib.Path(sys.argv[1])\n"
        "appraise(load_bundle(run / 'bundle'), pd.read_parquet(run / 'roll.parquet').head(3))\n"
        "print('mlflow' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program, str(small_run)], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_a_port_that_is_taken_is_said_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ValuationError, match="cannot be used"):
            open_ui(taken.getsockname()[1])
