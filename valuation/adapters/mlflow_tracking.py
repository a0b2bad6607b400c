"""How are runs tracked? In MLflow: a SQLite store and a folder of artefacts, never its server between us and the store.

A finished output folder is recorded after the fact, so that the pipeline itself knows nothing of MLflow and a tracked
run is what was really written. The bundle becomes a version of the registered model named after the jurisdiction, and
the newest one bears the alias ``candidate``. Which version is live is not decided here: ``champion`` moves by promotion
alone (valuation/adapters/mlflow_registry.py).
"""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valuation.adapters.extras import is_installed
from valuation.errors import InputRefused, ValuationError

ARTEFACTS = (
    "bundle",
    "evaluation",
    "report",
    "explain",
    "adjust",
    "screen/summary.csv",
    "ingest/summary.json",
    "receipt.json",
)


MARGINS = ("mdape", "mape", "median_ratio", "cod", "prd", "prb")
"""Statistics recorded for each group."""

_FIGURES_AT_ONCE = 900
"""MLflow's store takes at most 1,000 in one call."""

PLOTTED_DWELLINGS = 300
"""Of the roll, in the plot of contributions: a point each."""


@dataclass(frozen=True)
class TrackedRun:
    """Where a run stands in MLflow."""

    run_id: str
    model_name: str
    model_version: str


def tracking_uri() -> str:
    """Return the store: ``VALUATION_TRACKING_URI``, or SQLite in ``mlruns/`` of the working folder."""
    return os.environ.get("VALUATION_TRACKING_URI") or f"sqlite:///{(artefact_folder() / 'mlflow.db').as_posix()}"


def artefact_folder() -> Path:
    """Return the folder of artefacts: ``VALUATION_ARTEFACTS``, or ``mlruns`` of the working folder."""
    return Path(os.environ.get("VALUATION_ARTEFACTS") or "mlruns").absolute()


def track_run(out: Path) -> TrackedRun:
    """Record a finished output folder: settings, hashes, figures of all three models, bundle and report.

    Parameters
    ----------
    out : Path
        A finished output folder.

    Returns
    -------
    TrackedRun
        Its run and model version; a folder tracked before keeps its model version.

    Raises
    ------
    InputRefused
        When the folder is not finished.
    """
    for name in ("bundle/manifest.json", "evaluation/metrics.json"):
        if not (out / name).exists():
            raise InputRefused(f"{out / name} is not there", expected="a finished run", remedy="valuation run first")
    silence()
    import mlflow

    manifest = json.loads((out / "bundle" / "manifest.json").read_text("utf-8"))
    metrics = json.loads((out / "evaluation" / "metrics.json").read_text("utf-8"))
    settings = json.loads((out / "bundle" / "params.json").read_text("utf-8"))
    artefact_folder().mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(tracking_uri())
    experiment = _experiment(mlflow, manifest["jurisdiction"])
    with mlflow.start_run(experiment_id=experiment, run_name=_run_name(out, manifest)) as run:
        mlflow.log_params(dict(_flat(settings)))
        mlflow.set_tags(_tags(manifest))
        _log_figures(mlflow, {key: value for key, value in _flat(metrics) if _is_figure(value)} | _by_stratum(out))
        for name in ARTEFACTS:
            _log_artefact(mlflow, out / name, name)
        _log_summary_plot(mlflow, out)
    version = _register(mlflow.MlflowClient(), manifest, run.info)
    return TrackedRun(run.info.run_id, manifest["jurisdiction"], version)


def silence() -> None:
    """Keep MLflow from talking of its own affairs, and from reporting to anybody."""
    # MLflow tells of each migration of a new store; nobody at a terminal asked.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")


def _experiment(mlflow: Any, name: str) -> str:
    known = mlflow.get_experiment_by_name(name)
    if known is not None:
        return known.experiment_id
    return mlflow.create_experiment(name, artifact_location=(artefact_folder() / "artefacts" / name).as_uri())


def _run_name(out: Path, manifest: dict[str, Any]) -> str:
    receipt = out / "receipt.json"
    known = json.loads(receipt.read_text("utf-8")).get("run_id") if receipt.exists() else None
    return known or manifest["model_version"]


def _tags(manifest: dict[str, Any]) -> dict[str, str]:
    made_of = manifest["made_of"]
    tags = {key: str(value) for key, value in _flat(made_of)}
    tags |= {"model_version": manifest["model_version"], "is_synthetic": str(manifest["is_synthetic"]).lower()}
    return tags


def _log_figures(mlflow: Any, figures: dict[str, float]) -> None:
    named = [(re.sub(r"[^\w .:/-]", "_", name), value) for name, value in sorted(figures.items())]
    for start in range(0, len(named), _FIGURES_AT_ONCE):
        mlflow.log_metrics(dict(named[start : start + _FIGURES_AT_ONCE]))


def _by_stratum(out: Path) -> dict[str, float]:
    """Return the error margins of each model in each group: ``by_dwelling_type/house/boosted/cod``."""
    figures: dict[str, float] = {}
    for path in sorted((out / "evaluation").glob("by_*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                name = f"{path.stem}/{row['level']}/{row['model']}"
                known = {key: row[key] for key in ("n_valued", *MARGINS) if row.get(key)}
                figures |= {f"{name}/{key}": float(value) for key, value in known.items()}
    return figures


def _log_artefact(mlflow: Any, path: Path, name: str) -> None:
    if path.is_dir():
        mlflow.log_artifacts(str(path), artifact_path=name)
    elif path.exists():
        parent = Path(name).parent.as_posix()
        mlflow.log_artifact(str(path), artifact_path=None if parent == "." else parent)


def _log_summary_plot(mlflow: Any, out: Path) -> None:
    """Record how much each fact moves each value of a sample; left out without the extra `analysis`."""
    if not is_installed("analysis") or not (out / "roll.parquet").exists():
        return
    import pandas as pd

    from valuation.appraisal.bundle import load_bundle
    from valuation.disclosure.learned import summary_plot

    roll = pd.read_parquet(out / "roll.parquet").sort_values("dwelling_id", ignore_index=True)
    sample = roll.iloc[:: max(len(roll) // PLOTTED_DWELLINGS, 1)].reset_index(drop=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "summary.png"
        path.write_bytes(summary_plot(load_bundle(out / "bundle"), sample))
        mlflow.log_artifact(str(path), artifact_path="explain")


def _register(client: Any, manifest: dict[str, Any], run: Any) -> str:
    name = manifest["jurisdiction"]
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    version = client.create_model_version(
        name,
        source=f"{run.artifact_uri}/bundle",
        run_id=run.run_id,
        tags={"model_version": manifest["model_version"]},
    ).version
    client.set_registered_model_alias(name, "candidate", version)
    return str(version)


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested mappings, named by their way: ``overall/boosted/cod``."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _flat(value, f"{prefix}/{key}" if prefix else str(key))
    elif isinstance(content, list) and all(not isinstance(item, dict | list) for item in content):
        yield prefix, json.dumps(content)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _flat(value, f"{prefix}/{number}")
    else:
        yield prefix, content


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def open_ui(port: int) -> int:
    """Open MLflow's pages on loopback until stopped; return its exit code.

    Raises
    ------
    ValuationError
        When the port is taken, which MLflow tells but ends as if all were well.
    """
    _need_port(port)
    artefact_folder().mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", tracking_uri(), "--port", str(port)]
    return subprocess.call([*command, "--host", "127.0.0.1"])  # noqa: S603 - our own interpreter, no shell, no user text


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ValuationError(
                f"port {port} cannot be used: {error.strerror}",
                expected="a free port of this machine",
                remedy="end what listens there, or choose another --port",
            ) from error
