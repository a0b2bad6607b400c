"""Is a version proven whole, and a comparison that means nothing refused?"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from valuation.appraisal.digest import sha256_of
from valuation.comparison.versions import changed_definitions, check_comparable, read_version
from valuation.errors import BundleRefused, InputRefused, WrongUse


@pytest.fixture
def copied(small_run, tmp_path):
    """What is read of the small run, to be damaged."""
    kept = shutil.ignore_patterns("train", "adjust", "screen", "ingest", "explain", "report", "time_index.parquet")
    return Path(shutil.copytree(small_run, tmp_path / "run", ignore=kept))


def with_jurisdiction(version, **changes):
    place = version.bundle.jurisdiction.model_copy(update=changes)
    return dataclasses.replace(version, bundle=dataclasses.replace(version.bundle, jurisdiction=place))


def elsewhere(version, tmp_path):
    return dataclasses.replace(version, folder=tmp_path)


def test_a_copied_run_is_the_same_version(copied, before):
    again = read_version(copied)
    assert again.described() | {"folder": ""} == before.described() | {"folder": ""}


@pytest.mark.parametrize(
    "name", ["values.parquet", "roll.parquet", "holdout_values.parquet", "evaluation/metrics.json"]
)
def test_a_table_with_one_changed_byte_is_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(bytes(content))
    with pytest.raises(InputRefused, match="is not the file its receipt names"):
        read_version(copied)


def test_a_cut_table_is_refused(copied):
    content = (copied / "values.parquet").read_bytes()
    (copied / "values.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputRefused, match=r"values\.parquet is not the file"):
        read_version(copied)


def test_a_bundle_with_one_changed_byte_is_refused(copied):
    booster = copied / "bundle" / "models" / "booster_00.txt"
    booster.write_bytes(booster.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(BundleRefused, match="changed since it was written"):
        read_version(copied)


def test_a_bundle_of_another_run_is_refused(copied, later_run):
    shutil.rmtree(copied / "bundle")
    shutil.copytree(later_run / "bundle", copied / "bundle")
    with pytest.raises(InputRefused, match="the values were made by model version"):
        read_version(copied)


def test_a_run_that_is_not_finished_is_refused(copied):
    (copied / "receipt.json").unlink()
    with pytest.raises(InputRefused, match="not finished"):
        read_version(copied)


@pytest.mark.parametrize("name", ["values.parquet", "roll.parquet", "holdout_values.parquet"])
def test_a_run_without_one_of_its_tables_is_refused(copied, name):
    (copied / name).unlink()
    with pytest.raises(InputRefused, match="it is not there"):
        read_version(copied)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run_id": "x"}'])
def test_a_receipt_that_says_nothing_is_refused(copied, text):
    (copied / "receipt.json").write_text(text, "utf-8")
    with pytest.raises(InputRefused, match=r"receipt\.json"):
        read_version(copied)


def test_a_receipt_that_does_not_name_a_table_is_refused(copied):
    receipt = json.loads((copied / "receipt.json").read_text("utf-8"))
    del receipt["outputs_sha256"]["roll.parquet"]
    (copied / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    with pytest.raises(InputRefused, match="does not name it"):
        read_version(copied)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("jurisdiction", "king_county"),
        ("currency", "USD"),
        ("is_synthetic", False),
        ("valuation_date", "2031-01-01"),
    ],
)
def test_a_receipt_about_another_place_than_the_bundle_is_refused(copied, name, other):
    receipt = json.loads((copied / "receipt.json").read_text("utf-8"))
    (copied / "receipt.json").write_text(json.dumps(receipt | {name: other}), "utf-8")
    with pytest.raises(InputRefused, match=rf"receipt\.json says {name} {other!r}, the bundle beside it"):
        read_version(copied)


def test_no_refusal_sends_people_to_sign_a_changed_table_anew(copied):
    (copied / "values.parquet").write_bytes((copied / "roll.parquet").read_bytes())
    with pytest.raises(InputRefused) as refusal:
        read_version(copied)
    assert "valuation report" not in str(refusal.value)


def test_values_with_a_fraction_of_the_currency_are_refused_by_name_of_the_file(copied):
    path = copied / "values.parquet"
    table = pd.read_parquet(path)
    table.assign(appraised_value=table["appraised_value"] + 0.5).to_parquet(path, index=False)
    receipt = json.loads((copied / "receipt.json").read_text("utf-8"))
    receipt["outputs_sha256"]["values.parquet"] = sha256_of(path)
    (copied / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    with pytest.raises(InputRefused, match=r"values\.parquet: .* a fraction of the currency"):
        read_version(copied)


def test_a_file_or_nothing_is_no_run(tmp_path):
    (tmp_path / "file").write_text("x", "utf-8")
    for place in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(WrongUse, match="is not a folder"):
            read_version(place)


def test_two_runs_of_one_place_can_be_compared(before, after):
    check_comparable(before, after)


def test_a_folder_is_not_compared_with_itself_by_another_way(before, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(before.folder, target_is_directory=True)
    with pytest.raises(WrongUse, match="given as both versions"):
        check_comparable(before, dataclasses.replace(before, folder=link))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "king_county"}, "A is of jurisdiction trondheim, B of jurisdiction king_county"),
        ({"currency": "USD"}, "A is of currency NOK, B of currency USD"),
        ({"is_synthetic": False}, "A is of kind of data synthetic, B of kind of data real"),
    ],
)
def test_what_has_no_common_measure_is_refused(before, tmp_path, changes, words):
    with pytest.raises(InputRefused, match=words):
        check_comparable(before, with_jurisdiction(elsewhere(before, tmp_path), **changes))


def test_a_characteristic_read_otherwise_is_named(before):
    dictionary = type(before.bundle.jurisdiction.characteristics)(before.bundle.jurisdiction.characteristics)
    dictionary["rooms"] = dictionary["rooms"].model_copy(update={"direction": "raises", "source": "another register"})
    del dictionary["has_lift"]
    other = with_jurisdiction(before, characteristics=dictionary)
    assert changed_definitions(before, before) == []
    assert changed_definitions(before, other) == ["has_lift: known only to A", "rooms: promised direction"]
    assert changed_definitions(other, before) == ["has_lift: known only to B", "rooms: promised direction"]
