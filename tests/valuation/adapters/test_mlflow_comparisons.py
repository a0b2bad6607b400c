"""What MLflow keeps of versions and comparisons is what the runs and the page say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from valuation.adapters.mlflow_comparisons import track_comparison, tracked_versions
from valuation.adapters.mlflow_tracking import track_run
from valuation.comparison.accuracy_equity import JudgedVersion

mlflow = pytest.importorskip("mlflow", reason="the extra `tracking` is not installed")
# MLflow's own calls into libraries it has not caught up with are not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A place for a store, empty."""
    folder = tmp_path_factory.mktemp("tracking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VALUATION_ARTEFACTS", str(folder / "mlruns"))
        patch.delenv("VALUATION_TRACKING_URI", raising=False)
        yield folder


@pytest.fixture(scope="module")
def tracked(store, small_run, tmp_path_factory):
    """The small run, tracked without its heavy artefacts, and its manifest."""
    kept = tmp_path_factory.mktemp("run") / "small"
    shutil.copytree(small_run, kept, ignore=shutil.ignore_patterns("report", "explain", "adjust", "train", "*.svg"))
    run = track_run(kept)
    return run, json.loads((kept / "bundle" / "manifest.json").read_text("utf-8"))


def test_asking_makes_no_store(tmp_path, monkeypatch):
    monkeypatch.setenv("VALUATION_ARTEFACTS", str(tmp_path / "mlruns"))
    monkeypatch.delenv("VALUATION_TRACKING_URI", raising=False)
    assert tracked_versions("trondheim") is None
    assert track_comparison(tmp_path, jurisdiction="trondheim", before="a", after="b") is None
    assert list(tmp_path.iterdir()) == []


def test_a_tracked_version_has_the_figures_of_its_run(tracked, small_run):
    _, manifest = tracked
    metrics = json.loads((small_run / "evaluation" / "metrics.json").read_text("utf-8"))
    (found,) = tracked_versions("trondheim")
    from_files = JudgedVersion.of_metrics("", manifest["model_version"], metrics)
    assert found.model_version == manifest["model_version"]
    assert dict(found.figures) == pytest.approx(dict(from_files.figures))
    assert found.n_sales == from_files.n_sales
    assert not found.is_champion


def test_the_live_version_is_marked(tracked):
    run, _ = tracked
    client = mlflow.MlflowClient()
    client.set_registered_model_alias(run.model_name, "champion", run.model_version)
    assert [one.is_champion for one in tracked_versions("trondheim")] == [True]
    client.delete_registered_model_alias(run.model_name, "champion")


def test_another_place_has_no_versions_here(tracked):
    assert tracked is not None
    assert tracked_versions("king_county") == []


def test_a_comparison_is_kept_with_the_run_that_made_the_second_version(tracked, tmp_path):
    run, manifest = tracked
    (tmp_path / "index.html").write_text("page", "utf-8")
    kept = track_comparison(tmp_path, jurisdiction="trondheim", before="old", after=manifest["model_version"])
    assert kept == run.run_id
    (where,) = mlflow.MlflowClient().list_artifacts(run.run_id, "comparison/old")
    assert where.path == "comparison/old/index.html"
    fetched = mlflow.MlflowClient().download_artifacts(run.run_id, where.path, str(tmp_path))
    assert Path(fetched).read_text("utf-8") == "page"


def test_a_version_that_was_not_tracked_keeps_no_comparison(tracked, tmp_path):
    assert tracked is not None
    assert track_comparison(tmp_path, jurisdiction="trondheim", before="old", after="none") is None
