"""What a report does with a run folder that is not whole: it says so where the figures would stand."""

import pandas as pd
import pytest

from valuation.report.run_folder import NotGiven, RunFolder


def sections_that_say(page, what):
    return sum(what in word for word in page.words)


NEEDED = (
    "holdout_values.parquet",
    "values.parquet",
    "sales.parquet",
    "time_index.parquet",
    "evaluation/ratio_study.parquet",
    "evaluation/metrics.json",
    "explain/characteristics.csv",
    "screen/summary.csv",
    "bundle/manifest.json",
)


def test_every_missing_file_is_named_where_its_figures_would_stand(a_copy, made):
    # The screening table is looked for after the sales, so they stay for it to be missed.
    for name in set(NEEDED) - {"sales.parquet"}:
        (a_copy / name).unlink()
    page = made(a_copy)
    unnamed = [name for name in NEEDED if sections_that_say(page, f"{name} is not there") == 0]
    assert unnamed == ["sales.parquet"]
    assert {item.marks["kind"] for item in page.figures} <= {"sales"}


def test_a_half_written_table_is_named_and_gives_no_figure(a_copy, made):
    cut = ("sales.parquet", "evaluation/ratio_study.parquet", "time_index.parquet", "evaluation/metrics.json")
    for name in cut:
        whole = (a_copy / name).read_bytes()
        (a_copy / name).write_bytes(whole[: len(whole) // 2])
    page = made(a_copy)
    assert [name for name in cut if sections_that_say(page, f"{name} is cut or damaged") == 0] == []
    kinds = {item.marks["kind"] for item in page.figures}
    assert kinds.isdisjoint({"ratio", "sales", "index", "goal"})
    # What a library says of the bytes is no sentence for a council.
    assert (
        sum(sections_that_say(page, said) for said in ("Parquet magic", "delimiter", "Unterminated", "column 1")) == 0
    )


def test_without_the_study_the_page_shows_no_figure_of_it(a_copy, made):
    (a_copy / "evaluation" / "ratio_study.parquet").unlink()
    page = made(a_copy)
    assert page.of("ratio") == []
    assert sections_that_say(page, "Not given: evaluation/ratio_study.parquet of this run is missing") >= 3


def test_a_table_of_another_version_is_not_guessed_at(a_copy, made):
    study = pd.read_parquet(a_copy / "evaluation" / "ratio_study.parquet")
    study.drop(columns="n_valued").to_parquet(a_copy / "evaluation" / "ratio_study.parquet")
    page = made(a_copy)
    assert sections_that_say(page, "evaluation/ratio_study.parquet has no column 'n_valued'") >= 1
    assert page.of("ratio") == []


def test_a_group_of_too_few_sales_is_told_and_has_no_figure(a_copy, made):
    path = a_copy / "evaluation" / "ratio_study.parquet"
    study = pd.read_parquet(path)
    level = study.loc[study["stratum"] == "dwelling_type", "level"].iloc[0]
    few = (study["stratum"] == "dwelling_type") & (study["level"] == level)
    study.loc[few, ["estimate", "lower", "upper"]] = float("nan")
    study.loc[few, ["n_sales", "n_valued"]] = 12
    study["remark"] = study["remark"].astype("object")
    study.loc[few, "remark"] = "n = 12: not given"
    study.to_parquet(path)
    page = made(a_copy)
    shown = {item.marks["part"] for item in page.of("ratio", stratum="dwelling_type", level=level)}
    assert shown == {"n_valued"}
    assert "n = 12: not given" in page.words


def test_a_run_without_the_price_of_flagging_still_says_what_each_flag_costs(a_copy, made):
    (a_copy / "evaluation" / "price_of_flagging.parquet").unlink()
    page = made(a_copy)
    assert (
        sections_that_say(page, "What looking finds is not given: evaluation/price_of_flagging.parquet is not there")
        == 1
    )
    assert page.of("price") == []
    assert len(page.of("flag")) > 40


def test_too_few_large_errors_give_no_yield_of_looking(a_copy, made):
    path = a_copy / "evaluation" / "price_of_flagging.parquet"
    price = pd.read_parquet(path)
    shares = [name for name in price if name in ("share", "lower", "upper") or name.startswith("over_")]
    price[shares] = float("nan")
    price.assign(n_errors=12, remark="n = 12 large errors: not given").to_parquet(path)
    page = made(a_copy)
    assert {(item.marks["part"], item.value) for item in page.of("price")} == {("n_errors", 12.0)}
    assert sections_that_say(page, "What looking finds is not given: the valid sales hold") == 1


def test_twelve_sales_in_all_give_a_report_that_says_so(a_copy, made):
    sales = pd.read_parquet(a_copy / "holdout_values.parquet").head(12)
    sales.to_parquet(a_copy / "holdout_values.parquet")
    path = a_copy / "evaluation" / "ratio_study.parquet"
    study = pd.read_parquet(path).assign(n_sales=12, n_valued=12, estimate=float("nan"))
    study.assign(lower=float("nan"), upper=float("nan"), remark="n = 12: not given").to_parquet(path)
    page = made(a_copy)
    assert page.of("ratio", part="estimate") == []
    assert page.of("map") == []
    assert page.of("coverage", statistic="coverage") == []
    assert sections_that_say(page, "Not given: too few sales (n\u00a0=\u00a0") >= 3


def test_no_sale_at_all_gives_no_figure(a_copy, made):
    sales = pd.read_parquet(a_copy / "holdout_values.parquet").head(0)
    sales.to_parquet(a_copy / "holdout_values.parquet")
    page = made(a_copy)
    assert page.of("coverage") == []
    assert page.of("month") == []


def test_an_earlier_version_without_its_files_is_said_to_be_unknown(small_run, made, tmp_path):
    page = made(small_run, since=tmp_path)
    assert sections_that_say(page, "The figures of the earlier version are not given") == 1
    assert page.of("earlier") == []


def test_a_first_report_says_that_there_is_no_earlier_version(read_page):
    assert sections_that_say(read_page, "No earlier version was given") == 1


def test_a_run_compared_with_itself_moved_no_value(small_run, made):
    page = made(small_run, since=small_run)
    assert {item.value for item in page.of("shift") if item.marks["part"] != "n"} == {0.0}
    for item in page.of("earlier", part="estimate"):
        marks = {name: text for name, text in item.marks.items() if name != "kind"}
        same = page.of("ratio", model="boosted", stratum="overall", **marks)
        assert {other.value for other in same} == {item.value}


def test_an_error_says_which_file_and_what_to_do(tmp_path):
    with pytest.raises(NotGiven, match="What to do: run the stage that writes it") as caught:
        RunFolder(tmp_path).table("values.parquet")
    assert (caught.value.name, caught.value.is_damaged) == ("values.parquet", False)


def test_a_name_in_the_data_cannot_become_markup(a_copy, made):
    path = a_copy / "evaluation" / "ratio_study.parquet"
    study = pd.read_parquet(path)
    study["level"] = study["level"].replace(
        {study.loc[study["stratum"] == "market_area", "level"].iloc[0]: "<b x='\">"}
    )
    study.to_parquet(path)
    page = made(a_copy)
    assert page.all("b") == []
    assert "<b x='\">" in page.words
