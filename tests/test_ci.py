"""Does CI run the PostgreSQL half, or fail?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]


def run_one(**variables: str) -> tuple[int, str]:
    """Exit code and output of one test of the store, with these variables alone about PostgreSQL."""
    known = {name: text for name, text in os.environ.items() if not name.startswith("VALUATION_TEST_")}
    test = "tests/contracts/test_roll_repository.py::test_a_released_roll_is_in_force"
    asked = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", test, "-k", "postgresql"],
        cwd=HOME,
        env=known | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode, asked.stdout


def test_without_a_server_the_postgresql_half_is_skipped_and_says_so():
    code, told = run_one()
    assert code == 0
    assert "the PostgreSQL half: VALUATION_TEST_POSTGRESQL_URL is not set" in told


def test_where_it_is_needed_a_skip_is_a_failure():
    code, told = run_one(VALUATION_TEST_NEEDS_POSTGRESQL="1")
    assert code == 1
    assert "the PostgreSQL half would not run" in told


def test_ci_needs_it():
    assert "export VALUATION_TEST_NEEDS_POSTGRESQL=1" in (HOME / ".ci" / "run").read_text(encoding="utf-8")
