"""A municipality's sales go in; a value, a probable range and a reason for every dwelling of its roll come out."""

import os

# Before anybody loads LightGBM: its threads wait at a barrier several times a tree. Waiting threads that spin hold the
# cores that others need: on two busy cores 200 trees took 44 s spinning and 3 s sleeping (docs/decisions/0011).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
