"""Who makes what every worker of a test session needs? The first that asks; the others wait, and read the same files.

A run of the small municipality takes half a minute: made by each worker, it is made twice for nothing. What is made
here is read by tests of all workers, at the same time: a test that changes something works on a copy.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of this session; `make` is given the empty folder to fill by the first worker that asks.

    Where `make` fails, the next worker that asks tries anew, so that each says why. A worker that dies lets go of the
    lock, and leaves no mark of having finished.
    """
    place = _of_all_workers(factory) / "made-once"
    place.mkdir(exist_ok=True)
    folder, finished = place / name, place / f"{name}.finished"
    with (place / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


def _of_all_workers(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this session alone: that of each worker lies in it."""
    own, worker = factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER")
    # A pytest that a test begins knows the worker's name too, and has a folder that is no worker's.
    return own.parent if worker and own.name.endswith(f"-{worker}") else own
