"""Only another whole, finished run of the same place may stand beside a run as the version before."""

from __future__ import annotations

import shutil

import pytest

from valuation.errors import InputRefused, WrongUse
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.earlier_run import earlier_run
from valuation.pipeline.report import run
from valuation.pipeline.stage import Workplace


@pytest.fixture
def earlier(small_run, tmp_path):
    """A copy of the small run, to be spoilt."""
    return shutil.copytree(small_run, tmp_path / "earlier", ignore=shutil.ignore_patterns("train", "ingest"))


@pytest.fixture
def place(trondheim):
    return read_jurisdiction(trondheim)


def test_a_whole_run_of_the_same_place_is_taken(small_run, earlier, place):
    assert earlier_run(earlier, small_run, place).path == earlier


def test_the_run_itself_is_wrong_use_also_by_another_name(small_run, place, tmp_path):
    (tmp_path / "link").symlink_to(small_run)
    with pytest.raises(WrongUse, match="is the run itself") as refused:
        earlier_run(tmp_path / "link", small_run, place)
    assert refused.value.exit_code == 2


def test_a_folder_that_is_not_there_is_wrong_use(small_run, place, tmp_path):
    with pytest.raises(WrongUse, match="is not a folder"):
        earlier_run(tmp_path / "nowhere", small_run, place)


def test_a_folder_that_is_no_run_is_refused(small_run, place, tmp_path):
    with pytest.raises(InputRefused, match=r"holds no receipt\.json"):
        earlier_run(tmp_path, small_run, place)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "king_county"}, "jurisdiction trondheim, this one has king_county"),
        ({"currency": "USD"}, "currency NOK, this one has USD"),
        ({"is_synthetic": False}, "is_synthetic True, this one has False"),
    ],
)
def test_a_run_of_another_place_is_refused(small_run, earlier, place, changes, said):
    with pytest.raises(InputRefused, match=said) as refused:
        earlier_run(earlier, small_run, place.model_copy(update=changes))
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    "name", ["values.parquet", "holdout_values.parquet", "evaluation/metrics.json", "evaluation/ratio_study.parquet"]
)
def test_a_cut_file_is_refused_by_its_name_without_the_words_of_a_library(small_run, earlier, place, name):
    path = earlier / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputRefused, match="is not the file its receipt names") as refused:
        earlier_run(earlier, small_run, place)
    assert name in str(refused.value)
    assert "arrow" not in str(refused.value).lower()
    assert "magic" not in str(refused.value)


def test_a_refused_earlier_run_leaves_receipt_and_report_as_they_were(
    small_run, earlier, place, quick_params, tmp_path
):
    shutil.copytree(small_run, tmp_path / "out")
    (earlier / "values.parquet").unlink()
    with pytest.raises(InputRefused):
        run(Workplace(place, quick_params, tmp_path, tmp_path / "out"), earlier)
    for name in ("receipt.json", "report/index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (small_run / name).read_bytes()
