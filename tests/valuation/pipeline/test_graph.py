"""dvc.yaml is what the stages say, and DVC runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from valuation.pipeline.graph import dvc_pipeline

REPOSITORY = Path(__file__).parents[3]


def test_dvc_yaml_is_fresh(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert (REPOSITORY / "dvc.yaml").read_text("utf-8") == dvc_pipeline()


def test_every_stage_names_the_packages_it_imports():
    stages = yaml.safe_load(dvc_pipeline())["stages"]
    assert "valuation/models" in stages["train"]["deps"]
    assert "valuation/pipeline/train.py" in stages["train"]["deps"]
    assert "valuation/appraisal" in stages["revalue"]["deps"]
    assert "valuation/simulation" not in stages["train"]["deps"]
    assert all(stage["desc"] and "requirements/core.txt" in stage["deps"] for stage in stages.values())


def test_repro_runs_offline_and_a_second_one_does_nothing(tmp_path, quick_params_file):
    for name in ("valuation", "data/jurisdictions", "requirements", ".dvc"):
        shutil.copytree(
            REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("cache", "tmp", "*.tmp.*", "*.pyc.*")
        )
    for name in ("dvc.yaml", ".dvcignore"):
        shutil.copy(REPOSITORY / name, tmp_path)
    settings = yaml.safe_load((REPOSITORY / "params.yaml").read_text("utf-8"))
    quick = yaml.safe_load(quick_params_file.read_text("utf-8")) | {"simulate": {"dwellings": 600, "sales": 1200}}
    merged = {name: section | quick.get(name, {}) for name, section in settings.items()}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(merged), "utf-8")
    # Settings found for the whole municipality are no quick ones.
    (tmp_path / "data/jurisdictions/trondheim.params.yaml").write_text("train: {}\n", "utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    first = repro(tmp_path)
    assert first.returncode == 0, first.stderr[-2000:]
    assert (tmp_path / "data/runs/trondheim/report/index.html").exists()
    second = repro(tmp_path)
    assert "up to date" in second.stdout
    assert "Running stage" not in second.stdout


def repro(folder):
    beside = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    # The copy under test is what is imported, not the checkout.
    environment["PYTHONPATH"] = str(folder)
    return subprocess.run(
        [beside / "dvc", "repro"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
