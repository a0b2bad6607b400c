"""Two model versions of the small municipality: one is live and valued the roll, the other waits in the record."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from api.settings import Settings
from tests.api.conftest import settings_at, settings_of_a_release
from tests.valuation.release.conftest import LENIENT
from valuation.adapters.file_registry import FileRegistry
from valuation.release.promotion import promote, register
from valuation.release.verdict import judge

REASON = "De 2 områdene ved fjorden er undersøkt salg for salg, og prisene der følger verdiene."


def make_two_versions(small_run: Path, narrow_run: Path, place: Path) -> None:
    """Fill a folder with what a service keeps: the small run is released and live, one with narrower ranges waits."""
    params = place / "params.yaml"
    params.write_text(
        yaml.safe_dump({"gates": LENIENT.model_dump(mode="json"), "review": {"reread_share": 0}}), "utf-8"
    )
    registry = FileRegistry(place / "registry")
    promote(judge(small_run, registry, LENIENT), registry, by="per")
    register(narrow_run, registry, by="per")
    settings_of_a_release(small_run, place)


def settings_of_two_versions(two_versions: Path, small_run: Path, place: Path) -> Settings:
    """Return the settings of a service on a copy of that folder."""
    shutil.copytree(two_versions, place, dirs_exist_ok=True)
    changes = {"params": place / "params.yaml", "registry_s": 3600.0}
    return settings_at(small_run, place).model_copy(update=changes)
