"""Which versions of a jurisdiction are tracked, and where does a comparison stay? In MLflow, beside the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from valuation.adapters.mlflow_tracking import artefact_folder, silence, tracking_uri
from valuation.comparison.accuracy_equity import BOUNDS, STATISTICS, JudgedVersion, known_figures

_SAMPLE = "valid_sales"
_MOST_RUNS = 200


def tracked_versions(jurisdiction: str) -> list[JudgedVersion] | None:
    """Return every tracked run of a jurisdiction with its figures on valid sales, newest first.

    Returns
    -------
    list of JudgedVersion or None
        None where nothing was ever tracked; no store is made by asking.
    """
    client = _client()
    if client is None:
        return None
    experiment = client.get_experiment_by_name(jurisdiction)
    if experiment is None:
        return []
    runs = client.search_runs(
        [experiment.experiment_id], max_results=_MOST_RUNS, order_by=["attributes.start_time DESC"]
    )
    live = _live(client, jurisdiction)
    return [_judged(run, live) for run in runs if f"{_SAMPLE}/boosted/cod" in run.data.metrics]


def is_tracked_anything() -> bool:
    """Return whether there is a store; none is made by asking."""
    uri = tracking_uri()
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).exists()


def _client() -> Any | None:
    """Return a client of the store; None where nothing was ever tracked: asking makes no store."""
    if not is_tracked_anything():
        return None
    uri = tracking_uri()
    silence()
    import mlflow

    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


def _live(client: Any, jurisdiction: str) -> str:
    """Return the model version that bears the alias champion, or nothing."""
    found = client.search_registered_models(f"name = '{jurisdiction}'")
    number = found[0].aliases.get("champion") if found else None
    if number is None:
        return ""
    return str(client.get_model_version(jurisdiction, str(number)).tags.get("model_version", ""))


def _judged(run: Any, live: str) -> JudgedVersion:
    metrics = run.data.metrics
    figures = {f"{name}{end}": metrics.get(f"{_SAMPLE}/boosted/{name}{end}") for name in STATISTICS for end in BOUNDS}
    version = str(run.data.tags.get("model_version", run.info.run_id))
    n_sales = metrics.get(f"{_SAMPLE}/n_valued")
    return JudgedVersion(
        name=str(run.info.run_name),
        model_version=version,
        figures=known_figures(figures),
        n_sales=None if n_sales is None else int(n_sales),
        is_champion=bool(live) and version == live,
    )


def track_comparison(folder: Path, *, jurisdiction: str, before: str, after: str) -> str | None:
    """Keep a comparison as an artefact of the run that made the second version, under `comparison/<first version>`.

    Parameters
    ----------
    folder : Path
        A written comparison.
    jurisdiction : str
    before, after : str
        Model versions A and B.

    Returns
    -------
    str or None
        The run it was added to; None where B is not tracked.
    """
    client = _client()
    if client is None:
        return None
    experiment = client.get_experiment_by_name(jurisdiction)
    if experiment is None:
        return None
    runs = client.search_runs(
        [experiment.experiment_id],
        filter_string=f"tags.model_version = '{after}'",
        max_results=1,
        order_by=["attributes.start_time DESC"],
    )
    if not runs:
        return None
    artefact_folder().mkdir(parents=True, exist_ok=True)
    client.log_artifacts(runs[0].info.run_id, str(folder), artifact_path=f"comparison/{before}")
    return str(runs[0].info.run_id)
