"""What was a model version made of? Hashes of code, settings, raw data and locked libraries, for the manifest."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import valuation
from valuation.pipeline.params import Params

NUMERIC_LIBRARIES = ("lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
"""Libraries another version of which may move a value in the last digit."""


@cache
def code_hash() -> str:
    """Return the SHA-256 of the source of this package: names and contents, in order."""
    root = Path(valuation.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def lock_hash() -> str | None:
    """Return the SHA-256 of the lock of the core, or None where the package runs without its repository."""
    lock = Path(valuation.__file__).parent.parent / "requirements" / "core.txt"
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else None


def params_hash(params: Params) -> str:
    """Return the SHA-256 of the settings that shape values, written out with their defaults."""
    return hashlib.sha256(json.dumps(params.that_shape_values(), sort_keys=True).encode()).hexdigest()


def data_hash(raw_files: dict[str, dict[str, Any]]) -> str:
    """Return the SHA-256 of all that was read from the raw folder: names and hashes, in order.

    Parameters
    ----------
    raw_files : dict
        `raw_files` of `ingest/summary.json`: the raw tables, and the verdicts of people.
    """
    hashes = {name: told["sha256"] for name, told in raw_files.items()}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def made_of(params: Params, ingest_summary: dict[str, Any]) -> dict[str, Any]:
    """Return what the manifest of a model version says about its making.

    Parameters
    ----------
    params : Params
        All settings.
    ingest_summary : dict
        What `ingest` wrote; its ``raw_files`` hold the hashes of the raw tables and of the verdicts.
    """
    raw_files = ingest_summary.get("raw_files", {})
    return {
        "code_sha256": code_hash(),
        "lock_sha256": lock_hash(),
        "params_sha256": params_hash(params),
        "data_sha256": data_hash(raw_files),
        "raw_files": raw_files,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "libraries": {name: metadata.version(name) for name in NUMERIC_LIBRARIES},
    }
