"""A Parquet file is read as the text a CSV file would have, and believed only as far as it goes."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valuation.errors import RawTableRefused
from valuation.jurisdictions.raw_parquet import read_parquet


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.parquet"


def size_as_written(number):
    """A count as the footer of a Parquet file writes it: doubled, seven bits a byte, the lowest first."""
    doubled, digits = 2 * number, []
    while doubled:
        digits.append(doubled & 0x7F)
        doubled >>= 7
    return bytes([digit | 0x80 for digit in digits[:-1]] + digits[-1:])


def rewrite_footer(path, declared, instead):
    raw = path.read_bytes()
    start = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    footer = raw[start:-8].replace(size_as_written(declared), size_as_written(instead))
    path.write_bytes(raw[:start] + footer + raw[-8:])


def test_every_kind_of_column_is_text(path):
    pq.write_table(
        pa.table(
            {
                "id": ["0301", "0302"],
                "area": [52.5, 60.0],
                "rooms": [3, None],
                "sold": [dt.datetime(2024, 5, 1), dt.datetime(2024, 5, 2)],
                "kind": pa.array(["flat", "flat"]).dictionary_encode(),
                "long": pa.array(["a", None], pa.large_string()),
                "bytes": pa.array([b"x", b"y"]),
            }
        ),
        path,
    )
    assert read_parquet(path).to_pylist() == [
        {"id": "0301", "area": "52.5", "rooms": "3", "sold": "2024-05-01", "kind": "flat", "long": "a", "bytes": "x"},
        {"id": "0302", "area": "60", "rooms": "", "sold": "2024-05-02", "kind": "flat", "long": "", "bytes": "y"},
    ]


def test_a_file_of_several_row_groups_is_whole(path):
    pq.write_table(pa.table({"id": [f"d{i}" for i in range(1000)]}), path, row_group_size=100)
    assert read_parquet(path).column("id").to_pylist() == [f"d{i}" for i in range(1000)]


def test_a_file_without_a_row_has_its_columns(path):
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    assert read_parquet(path).column_names == ["id"]


def test_a_file_of_constants_is_refused_by_what_it_declares(path):
    pq.write_table(pa.table({"a": pa.repeat(1.0, 30_000_000)}), path)
    with pytest.raises(RawTableRefused, match="bytes declare 30,000,000 × 1 cells"):
        read_parquet(path)


def test_a_file_that_declares_more_rows_than_it_holds_is_refused(path):
    pq.write_table(pa.table({"a": [float(i % 7) for i in range(300)]}), path)
    rewrite_footer(path, 300, 8000)
    assert pq.read_metadata(path).num_rows == 8000
    with pytest.raises(RawTableRefused, match="declares 8,000 rows and holds 300"):
        read_parquet(path)


def test_a_few_kilobytes_that_stand_for_gigabytes_are_refused(path):
    # One text of 100,000 letters, 200,000 times: 20 GB.
    numbers = pa.array([0] * 200_000, pa.int32())
    pq.write_table(pa.table({"a": pa.DictionaryArray.from_arrays(numbers, ["x" * 100_000])}), path)
    assert path.stat().st_size < 10_000
    with pytest.raises(RawTableRefused, match="bytes expand to more than"):
        read_parquet(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_file_is_refused(path, share):
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(share * len(raw))])
    with pytest.raises(RawTableRefused, match="not a whole Parquet file"):
        read_parquet(path)


def test_a_damaged_page_is_refused(path):
    pq.write_table(pa.table({"a": [f"dwelling {i}" for i in range(1000)]}), path)
    raw = bytearray(path.read_bytes())
    raw[4:200] = bytes(196)
    path.write_bytes(raw)
    with pytest.raises(RawTableRefused, match="not a whole Parquet file"):
        read_parquet(path)
