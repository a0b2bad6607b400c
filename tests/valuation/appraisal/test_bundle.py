"""A model version is refused when a byte of it is not as it was written."""

from __future__ import annotations

import json
import shutil

import pytest

from valuation.appraisal.bundle import check_bundle, load_bundle
from valuation.errors import BundleRefused


@pytest.fixture
def bundle_copy(small_run, tmp_path):
    return shutil.copytree(small_run / "bundle", tmp_path / "bundle")


def test_a_bundle_loads_as_it_was_written(bundle_copy):
    assert load_bundle(bundle_copy).model_version == check_bundle(bundle_copy)["model_version"]


def test_a_bundle_holds_no_format_that_can_run_code(bundle_copy):
    kinds = {path.suffix for path in bundle_copy.rglob("*") if path.is_file()}
    assert kinds <= {".json", ".txt", ".parquet", ".csv"}


def test_one_changed_byte_in_any_file_is_refused_and_the_file_named(bundle_copy):
    files = sorted(path for path in bundle_copy.rglob("*") if path.is_file() and path.name != "manifest.json")
    accepted = []
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        try:
            load_bundle(bundle_copy)
            accepted.append(path.name)
        except BundleRefused as refusal:
            assert path.relative_to(bundle_copy).as_posix() in str(refusal)
        path.write_bytes(content)
    assert accepted == []
    assert len(files) > 5


def test_a_repeated_leaf_value_line_is_refused(bundle_copy):
    model = next(iter(sorted(bundle_copy.rglob("*.txt"))))
    text = model.read_text("utf-8")
    line = next(line for line in text.splitlines(keepends=True) if line.startswith("leaf_value="))
    model.write_text(text.replace(line, line + line, 1), "utf-8")
    with pytest.raises(BundleRefused, match="changed since it was written"):
        load_bundle(bundle_copy)


def test_a_missing_file_is_named(bundle_copy):
    (bundle_copy / "sales.parquet").unlink()
    with pytest.raises(BundleRefused, match=r"sales\.parquet: missing"):
        load_bundle(bundle_copy)


def test_a_file_nobody_promised_is_refused(bundle_copy):
    (bundle_copy / "extra.json").write_text("{}", "utf-8")
    with pytest.raises(BundleRefused, match=r"extra\.json: not in the manifest"):
        load_bundle(bundle_copy)


@pytest.mark.parametrize(
    ("key", "value"),
    [("currency", "EUR"), ("model_version", "000000000000"), ("valuation_date", "2030-01-01")],
)
def test_an_edited_manifest_is_refused(bundle_copy, key, value):
    path = bundle_copy / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | {key: value}
    path.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BundleRefused, match="was changed since it was written"):
        load_bundle(bundle_copy)


def test_a_manifest_of_another_format_is_refused_with_both_formats(bundle_copy):
    path = bundle_copy / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": 99}), "utf-8")
    with pytest.raises(BundleRefused, match="of format 99"):
        load_bundle(bundle_copy)


def test_a_half_written_manifest_is_refused(bundle_copy):
    path = bundle_copy / "manifest.json"
    path.write_text(path.read_text("utf-8")[:100], "utf-8")
    with pytest.raises(BundleRefused, match="cannot be read"):
        load_bundle(bundle_copy)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BundleRefused, match=r"manifest\.json is not there"):
        load_bundle(tmp_path)
