"""What a regression learns must not hang on the number of threads of this machine."""

import os
import subprocess
import sys

PROGRAM = """
import hashlib, numpy as np, pandas as pd
from valuation.features.hedonic import HedonicRegression
draw = np.random.default_rng(0)
plain = pd.DataFrame(draw.normal(size=(3000, 60)), columns=[f"c{i}" for i in range(60)])
price = plain.to_numpy() @ draw.normal(size=60) + draw.normal(size=3000)
found = HedonicRegression().fit(plain, price, np.arange(3000), set(), {"c1"})
print(hashlib.sha256(found.coefficients_.tobytes() + found.change_without_own_.tobytes()).hexdigest())
"""


def digest(n_threads):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": n_threads, "OMP_NUM_THREADS": n_threads}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    return answer.stdout


def test_the_regression_is_the_same_to_the_byte_whatever_the_threads():
    assert digest("1") == digest("2")
