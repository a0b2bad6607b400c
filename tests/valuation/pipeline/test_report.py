"""The report of a small run on the synthetic municipality: one page, no network, pictures with tables."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from valuation.appraisal.digest import sha256_of
from valuation.pipeline.explain import evenly_drawn
from valuation.pipeline.report_page import row, shown, with_interval


class Page(HTMLParser):
    """Collects tags with their attributes, and text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def text(small_run):
    return (small_run / "report" / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_asks_the_network_for_nothing(text, page):
    loads = [tag for tag, attributes in page.tags if tag in ("script", "link", "img", "iframe") or "src" in attributes]
    assert loads == []
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", text))
    # Names of XML vocabularies, which nothing fetches.
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_page_says_its_language_and_fits_a_telephone(page):
    assert page.all("html")[0]["lang"] == "en"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(below - above for above, below in pairwise(levels)) <= 1


def test_every_header_cell_says_what_it_heads(page):
    assert {attributes.get("scope") for attributes in page.all("th")} == {"col", "row"}


def test_every_table_has_a_caption(page):
    assert len(page.all("caption")) == len(page.all("table")) > 10


def test_every_picture_says_what_it_shows(page):
    ours = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    assert len(ours) >= 3
    assert all(attributes["aria-label"] for attributes in ours)


def test_ids_are_given_once(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_link_in_the_page_leads_somewhere(page):
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {attributes["href"].lstrip("#") for attributes in page.all("a")} <= ids


def test_synthetic_data_is_called_synthetic_before_any_figure(text):
    assert text.index("Synthetic data") < text.index('id="outcome"')


def test_all_three_models_stand_side_by_side(page):
    heads = [word.strip() for word in page.words]
    assert {"boosted", "tree", "baseline"} <= set(heads)


def test_the_receipt_holds_the_hashes_of_what_was_written(small_run):
    receipt = json.loads((small_run / "receipt.json").read_text("utf-8"))
    assert receipt["outputs_sha256"]["values.parquet"] == sha256_of(small_run / "values.parquet")
    assert {sha256_of(small_run / name) == found for name, found in receipt["outputs_sha256"].items()} == {True}


def test_the_receipt_counts_what_was_valued(small_run):
    receipt = json.loads((small_run / "receipt.json").read_text("utf-8"))
    values = pd.read_parquet(small_run / "values.parquet")
    assert receipt["counts"]["dwellings"] == len(values)
    assert receipt["counts"]["dwellings_valued"] + receipt["counts"]["dwellings_not_valued"] == len(values)
    assert receipt["value_total"] == values["appraised_value"].dropna().astype("int64").sum()
    assert receipt["run_id"] == values["run_id"].iloc[0]


def test_the_contributions_of_the_sample_end_at_the_values_of_the_roll(small_run):
    lines = pd.read_parquet(small_run / "explain" / "contributions.parquet")
    roll = pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")["appraised_value"]
    sums = lines.groupby("dwelling_id")["contribution"].sum()
    assert len(sums) > 100
    assert (sums == roll.loc[sums.index]).all()


def test_every_holdout_sale_is_valued_or_listed(small_run):
    sales = pd.read_parquet(small_run / "sales.parquet")
    values = pd.read_parquet(small_run / "holdout_values.parquet")
    listed = pd.read_csv(small_run / "evaluation" / "not_valued.csv")
    assert sorted(values["sale_id"]) == sorted(sales.loc[sales["is_holdout"], "sale_id"])
    assert values["appraised_value"].isna().sum() == len(listed)


def test_the_sample_is_spread_over_the_roll_and_does_not_hang_on_its_order():
    roll = pd.DataFrame({"dwelling_id": [f"d{place}" for place in range(9)]})
    drawn = evenly_drawn(roll.iloc[::-1], 3)["dwelling_id"].tolist()
    assert drawn == ["d0", "d4", "d8"]
    assert len(evenly_drawn(roll, 50)) == 9


def test_a_figure_that_is_not_there_is_a_dash_and_zero_has_no_sign():
    assert [shown(None), shown(float("nan")), shown(-0.0001, 2), shown(-1.5)] == ["–", "–", "0.00", "−1.5"]


def test_a_figure_without_interval_stands_alone():
    assert with_interval({"cod": 9.0}, "cod", 1) == {"text": "9.0", "small": ""}


def test_a_row_may_stand_apart():
    assert row("a", "b", is_apart=True) == {"cells": ["a", "b"], "is_apart": True}
