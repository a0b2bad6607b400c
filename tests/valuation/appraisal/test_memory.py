"""Does a process give back what it does not need, and go on as before?"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from valuation.appraisal.memory import give_back, let_go_of_code, own_bytes

HOME = Path(__file__).resolve().parents[3]
LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not say what is held")
IN_A_PROCESS = """
import ctypes, hashlib
import numpy as np
import pandas as pd
import pyarrow as pa
from valuation.appraisal.memory import let_go_of_code
from valuation.models.compiled import compiled

@compiled
def summed(numbers):
    added = 0.0
    for number in numbers:
        added += number
    return added

def resident_kib():
    return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])

def answers():
    numbers = np.linspace(0, 1, 10_001)
    table = pa.table({"n": numbers}).to_pandas()
    return summed(numbers), float(np.linalg.svd(numbers[:100].reshape(10, 10))[1][0]), str(table.describe())

before, held = answers(), resident_kib()
let_go = let_go_of_code() // 1024
print(let_go, held - resident_kib(), answers() == before)
"""


@LINUX_ONLY
def test_code_that_is_let_go_of_runs_again_as_before():
    said = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS], env={**os.environ, "PYTHONPATH": str(HOME)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    let_go, less, is_same = said.stdout.split()
    # The compiler alone is more than that.
    assert int(let_go) > 50_000
    assert int(less) > 0.8 * int(let_go)
    assert is_same == "True"


@LINUX_ONLY
def test_what_a_process_holds_for_itself_grows_with_what_it_writes():
    before = own_bytes()
    written = np.ones(8 << 20)
    assert own_bytes() - before > 0.9 * written.nbytes


def test_heaps_are_given_back_without_a_word():
    give_back()
    assert let_go_of_code() >= 0
