"""Does the page say what the files say, first things first, for whoever opens it anywhere?"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.read_pages import sentences
from valuation.comparison.comparison import compare
from valuation.comparison.files import check_place, put_in_place, write_comparison
from valuation.errors import WrongUse


@pytest.fixture(scope="module")
def folder(compared, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "comparison"
    write_comparison(compared, out)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "index.en.html").read_text("utf-8")


def figures(page, **wanted):
    """Return the marked figures of the page that bear all of `wanted`."""
    found = []
    for attributes in re.findall(r"<data ([^>]*)>", page):
        marks = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        found += [marks] if all(marks.get(f"data-{name}") == text for name, text in wanted.items()) else []
    return found


def test_the_folder_holds_page_figures_and_every_row(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "comparison.json",
        "index.en.html",
        "index.html",
        "index.nn.html",
        "movers.parquet",
        "paired.parquet",
        "roll_changes.parquet",
        "tax_effect.parquet",
        "value_changes.parquet",
        "value_shift.parquet",
        "versions.parquet",
    ]


def test_every_paired_figure_of_the_page_stands_in_the_file(page, folder):
    table = pd.read_parquet(folder / "paired.parquet")
    shown = figures(page, kind="paired")
    assert len(shown) > 60
    for marks in shown:
        row = table[table["statistic"] == marks["data-statistic"]]
        for name in ("sample", "stratum", "level"):
            row = row[
                row[name] == marks.get(f"data-{name}", {"sample": "all_sales", "stratum": "overall"}.get(name, "all"))
            ]
        column = {"a": "estimate_a", "b": "estimate_b"}.get(marks["data-of"], "difference")
        assert float(marks["value"]) == pytest.approx(row[column].iloc[0], rel=1e-8)


def test_the_shifts_of_the_page_are_recounted_from_the_values(page, folder):
    changes = pd.read_parquet(folder / "value_changes.parquet")
    both = changes[changes["value_a"].notna() & changes["value_b"].notna()]
    for kind, part in both.groupby("dwelling_type"):
        pct = 100 * (part["value_b"] / part["value_a"] - 1)
        found = {item["data-of"]: float(item["value"]) for item in figures(page, kind="shift", level=kind)}
        assert found["n_dwellings"] == len(part)
        assert found["median_change_pct"] == pytest.approx(np.median(pct))
        assert found["share_up_10"] == pytest.approx((pct > 10).mean())
        assert found["share_down_20"] == pytest.approx((pct < -20).mean())


def test_what_must_be_known_stands_before_any_figure(page, compared):
    assert len(compared.statements) >= 6
    first_table = page.index("<table")
    for words in ("The roll changed", "A values at 2026-01-01, B at 2026-03-01", "Settings that differ", "promise"):
        assert 0 < page.index(words) < first_table


def test_the_page_asks_nobody_for_anything(page):
    assert "Content-Security-Policy" in page
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)
    assert "<script" not in page


@pytest.mark.parametrize(("language", "file"), [("nb", "index.html"), ("nn", "index.nn.html")])
def test_no_sentence_of_a_norwegian_page_is_english(folder, page, language, file):
    norwegian = (folder / file).read_text("utf-8")
    assert f'<html lang="{language}">' in norwegian
    english = sentences(page) & sentences(norwegian)
    # Codes of flags, and settings by their names.
    assert {text for text in english if not re.fullmatch(r"[\w|, -]+|.* → .*", text)} == set()


def test_every_table_names_its_rows_and_columns(page):
    tables = re.findall(r"<table>.*?</table>", page, flags=re.DOTALL)
    assert len(tables) > 10
    assert all('scope="col"' in table and 'scope="row"' in table and "<caption>" in table for table in tables)


def test_the_json_holds_numbers_or_nothing(folder, compared):
    content = json.loads((folder / "comparison.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert content["versions"]["a"]["model_version"] == compared.before.model_version
    assert content["statements"] == list(compared.statements)
    assert len(content["movers"]) == 50
    assert all(item["data"] + item["model"] + item["time"] == item["change"] for item in content["movers"])
    assert {row["stratum"] for row in content["paired"]} == {"overall"}


def test_the_same_comparison_gives_the_same_bytes(compared, before, after, folder, tmp_path):
    write_comparison(compare(before, after), tmp_path / "again")
    for name in ("comparison.json", "index.html", "index.nn.html", "index.en.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_version_against_a_copy_of_itself_says_that_nothing_differs(before, tmp_path):
    found = compare(before, dataclasses.replace(before, folder=tmp_path))
    assert found.statements[0].startswith("A and B are one model version")
    assert found.movers.empty
    assert (found.paired["difference"].dropna() == 0).all()
    write_comparison(found, tmp_path / "out")
    assert "No dwelling has another value in B than in A." in (tmp_path / "out" / "index.en.html").read_text("utf-8")


def test_only_an_earlier_comparison_is_replaced(folder, tmp_path):
    for name in ("first", "second"):
        shutil.copytree(folder, tmp_path / name)
    put_in_place(tmp_path / "second", tmp_path / "first")
    assert [item.name for item in tmp_path.iterdir()] == ["first"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", "utf-8")
    (tmp_path / "aside").mkdir()
    with pytest.raises(WrongUse, match="holds no comparison"):
        put_in_place(tmp_path / "aside", tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").exists()
    for free in (tmp_path / "nowhere", tmp_path / "aside", folder):
        check_place(free)
