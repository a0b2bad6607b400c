"""The roll is valued once, identically, however the work is cut or interrupted."""

from __future__ import annotations

import pandas as pd
import pytest

from valuation.appraisal.revaluation import revalue_roll, values_digest
from valuation.errors import InputRefused


class Killed(Exception):
    """Stands for a process that ends in the middle."""


def revalued(bundle, run, tmp_path, **settings):
    target = tmp_path / "values.parquet"
    revalue_roll(bundle, run / "roll.parquet", target, **({"chunk_rows": 500} | settings))
    return target


@pytest.mark.parametrize("chunk_rows", [137, 1_000_000])
def test_the_bytes_do_not_depend_on_the_size_of_the_parts(small_bundle, small_run, tmp_path, chunk_rows):
    (tmp_path / "other").mkdir()
    first = revalued(small_bundle, small_run, tmp_path)
    second = revalued(small_bundle, small_run, tmp_path / "other", chunk_rows=chunk_rows)
    assert first.read_bytes() == second.read_bytes()
    beside = ("flags.parquet", "comparables.parquet")
    assert all(first.with_name(name).read_bytes() == second.with_name(name).read_bytes() for name in beside)


def test_every_dwelling_stands_in_the_values_once(small_run):
    values = pd.read_parquet(small_run / "values.parquet")
    roll = pd.read_parquet(small_run / "roll.parquet")
    assert values["dwelling_id"].tolist() == sorted(roll["dwelling_id"])


def test_an_interrupted_revaluation_goes_on_and_ends_the_same(small_bundle, small_run, tmp_path):
    whole = revalued(small_bundle, small_run, tmp_path).read_bytes()
    (tmp_path / "second").mkdir()
    told = []

    def die_after_two_parts(what, done, total):
        told.append(done)
        if len(told) == 2:
            raise Killed

    with pytest.raises(Killed):
        revalued(small_bundle, small_run, tmp_path / "second", progress=die_after_two_parts)
    kept = sorted((tmp_path / "second" / ".values.parts").glob("part-*.values.parquet"))
    made = [path.stat().st_mtime_ns for path in kept]
    again = []
    target = revalued(
        small_bundle,
        small_run,
        tmp_path / "second",
        progress=lambda what, done, total: again.append([path.stat().st_mtime_ns for path in kept]),
    )
    assert again[0] == made
    assert len(kept) == 2
    assert target.read_bytes() == whole


def test_a_half_written_part_is_made_again(small_bundle, small_run, tmp_path):
    whole = revalued(small_bundle, small_run, tmp_path).read_bytes()
    (tmp_path / "second").mkdir()

    def die_at_once(what, done, total):
        raise Killed

    with pytest.raises(Killed):
        revalued(small_bundle, small_run, tmp_path / "second", progress=die_at_once)
    (tmp_path / "second" / ".values.parts" / ".part-00001.values.parquet.99.aside").write_bytes(b"PAR1 half")
    assert revalued(small_bundle, small_run, tmp_path / "second").read_bytes() == whole


def test_nothing_but_values_flags_and_comparables_is_left_over(small_bundle, small_run, tmp_path):
    revalued(small_bundle, small_run, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "comparables.parquet",
        "flags.parquet",
        "values.parquet",
    ]


def test_every_code_of_the_values_has_its_row_with_number_and_evidence(small_run):
    values, flags = (pd.read_parquet(small_run / name) for name in ("values.parquet", "flags.parquet"))
    codes = flags.groupby("dwelling_id")["code"].agg("|".join)
    flagged = values.loc[values["flags"] != ""].set_index("dwelling_id")["flags"]
    assert codes.to_dict() == flagged.to_dict()
    assert (flags["evidence"].map(len) > 0).all()


def test_the_digest_sees_a_value_moved_by_one(small_run):
    values = pd.read_parquet(small_run / "values.parquet")
    moved = values.assign(appraised_value=values["appraised_value"] + (values.index == 5))
    assert values_digest(values) != values_digest(moved)
    assert values_digest(values) == values_digest(values.sample(frac=1, random_state=1).assign(run_id="other"))


def test_a_roll_with_a_dwelling_twice_is_refused(small_bundle, small_run, tmp_path):
    roll = pd.read_parquet(small_run / "roll.parquet")
    pd.concat([roll, roll.head(1)]).to_parquet(tmp_path / "roll.parquet")
    with pytest.raises(InputRefused, match="twice"):
        revalue_roll(small_bundle, tmp_path / "roll.parquet", tmp_path / "values.parquet", chunk_rows=500)


def test_a_roll_without_a_dwelling_is_refused(small_bundle, small_run, tmp_path):
    pd.read_parquet(small_run / "roll.parquet").head(0).to_parquet(tmp_path / "roll.parquet")
    with pytest.raises(InputRefused, match="holds no dwelling"):
        revalue_roll(small_bundle, tmp_path / "roll.parquet", tmp_path / "values.parquet", chunk_rows=500)
