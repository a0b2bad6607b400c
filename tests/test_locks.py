"""Are the hashed locks those of pyproject.toml? Compared without a network: names, limits and who asked for what."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
CORE = [*PROJECT["project"]["dependencies"], *GROUPS["build"]]
# What each lock is made of: the words of `make lock`.
ASKED_FOR = {
    "core": CORE,
    "demo": [*CORE, *EXTRAS["tracking"], *EXTRAS["letters"]],
    "service": [*CORE, *EXTRAS["postgresql"], *EXTRAS["letters"]],
    "dev": [*CORE, *(line for lines in EXTRAS.values() for line in lines), *GROUPS["installer"]],
    "installer": GROUPS["installer"],
}
STALE = "the lock is older than pyproject.toml; run `make lock` and commit what it wrote"


@dataclass
class Locked:
    """One pinned package: versions (one per platform or Python), hashes, and whether we asked for it ourselves."""

    versions: set[str] = field(default_factory=set)
    n_hashes: int = 0
    is_direct: bool = False


def read_lock(name: str) -> dict[str, Locked]:
    """Return what `requirements/<name>.txt` pins, by canonical name."""
    locked: dict[str, Locked] = {}
    for package, version, rest in _entries((HOME / "requirements" / f"{name}.txt").read_text(encoding="utf-8")):
        entry = locked.setdefault(canonicalize_name(package), Locked())
        entry.versions.add(version)
        entry.n_hashes += rest.count("--hash=sha256:")
        entry.is_direct |= "valuation (pyproject.toml" in rest
    return locked


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    starts = list(re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=True):
        yield match[1], match[2], text[match.end() : end]


@pytest.mark.parametrize("name", ASKED_FOR)
def test_what_pyproject_asks_for_is_locked_within_its_limits(name):
    locked = read_lock(name)
    missing = [
        line
        for line, wanted in ((line, Requirement(line)) for line in ASKED_FOR[name])
        if not any(wanted.specifier.contains(v) for v in locked.get(canonicalize_name(wanted.name), Locked()).versions)
    ]
    assert missing == [], STALE


@pytest.mark.parametrize("name", ASKED_FOR)
def test_the_lock_holds_nothing_that_pyproject_no_longer_asks_for(name):
    asked = {canonicalize_name(Requirement(line).name) for line in ASKED_FOR[name]}
    assert {package for package, entry in read_lock(name).items() if entry.is_direct} == asked, STALE


@pytest.mark.parametrize("name", ASKED_FOR)
def test_every_locked_package_carries_hashes(name):
    assert [package for package, entry in read_lock(name).items() if entry.n_hashes == 0] == []


@pytest.mark.parametrize("name", ["core", "demo", "installer"])
def test_smaller_locks_hold_the_same_versions_as_the_one_the_tests_run_on(name):
    tested = read_lock("dev")
    assert {p: e.versions for p, e in read_lock(name).items()} == {p: tested[p].versions for p in read_lock(name)}


@pytest.mark.parametrize("name", ASKED_FOR)
def test_a_lock_names_no_index_and_no_path(name):
    text = (HOME / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "://" in line or "index-url" in line or "find-links" in line] == []
