"""Is everything that is told about a model version found again in its run, and is what is missing said?"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.valuation.disclosure.second_reader import DataElements, is_same, is_shown_as, looked_up
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.impact_assessment import CONTROLLER, impact_assessment
from valuation.disclosure.model_card import model_card
from valuation.disclosure.page import figures_of, to_markdown
from valuation.disclosure.publication import contents, publish
from valuation.errors import InputRefused, WrongUse

PAGES = ("model_card.html", "how-this-works.nb.html", "how-this-works.nn.html", "how-this-works.en.html")
NO_FIGURES = (r"SHA-256", r"\b(av|of) 100\b", r"\d{4}-\d{2}-\d{2}-\w+-\w+")
"""Digits that are no figures: the name of a hash, what shares are said of, and the run in the home owners' footer."""


def parsed(path: Path) -> DataElements:
    """Return the figures of a page and the text around them."""
    return DataElements(path.read_text("utf-8"))


def without(run: Path, into: Path, *names: str) -> Path:
    """Return a copy of a run that lacks some files."""
    shutil.copytree(run, into)
    for name in names:
        (into / name).unlink()
    return into


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_of_a_page_is_found_again_in_the_run(name, card, small_run):
    found = parsed(card / name).found
    wrong = [(value, source) for value, source, _ in found if not is_same(looked_up(small_run, source), value)]
    assert wrong == []
    assert len(found) > 15


@pytest.mark.parametrize("name", PAGES)
def test_no_number_stands_on_a_page_without_its_address(name, card):
    outside = " ".join(parsed(card / name).outside)
    for words in NO_FIGURES:
        outside = re.sub(words, "", outside)
    assert re.findall(r".{0,30}\d.{0,30}", outside) == []


def test_what_people_read_is_the_figure_rounded(card):
    wrong = [
        (value, shown) for value, _, shown in parsed(card / "model_card.html").found if not is_shown_as(value, shown)
    ]
    assert wrong == []


def test_the_figures_stand_in_a_file_for_machines_too(card):
    listed = json.loads((card / "figures.json").read_text("utf-8"))["figures"]
    assert [(str(item["value"]), item["source"]) for item in listed] == [
        (value, source) for value, source, _ in parsed(card / "model_card.html").found
    ]


def test_markdown_and_html_say_the_same(card):
    markdown = (card / "model_card.md").read_text("utf-8").replace("\\|", "|")
    silent = [shown for _, _, shown in parsed(card / "model_card.html").found if shown not in markdown]
    assert silent == []


def test_the_card_says_what_a_reader_must_find(card):
    text = (card / "model_card.md").read_text("utf-8")
    heads = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert heads == [
        "In short",
        "What it is for",
        "Data",
        "Gaps in the data",
        "Sales that were not learned from",
        "What is used",
        "What was left out, and why",
        "The three models",
        "How good the values are",
        "Whether cheap and dear dwellings are valued alike",
        "Whether the probable range holds",
        "Limits",
        "Oversight",
        "Where it comes from",
    ]
    assert "Synthetic data" in text
    assert "takst_2021" in text


def test_all_three_models_stand_side_by_side_with_interval_and_number(card):
    text = (card / "model_card.md").read_text("utf-8")
    first = next(part for part in text.split("*Sample: ") if part.startswith("every sale"))
    rows = [line for line in first.splitlines() if line.startswith(("| boosted", "| decision tree", "| baseline"))]
    assert len(rows) == 3
    assert [row for row in rows if not re.search(r"\d \(.* to .*\)", row)] == []


def test_a_run_without_a_ratio_study_says_so_and_states_no_quality(small_run, tmp_path):
    run = FinishedRun(without(small_run, tmp_path / "run", "evaluation/ratio_study.parquet"))
    text = to_markdown(model_card(run))
    assert "**Gap:** This run holds no evaluation/ratio_study.parquet" in text
    assert "median error, %" not in text
    assert "Mangler:" in contents(run)["how-this-works.nb.html"]


@pytest.mark.parametrize("name", ["values.parquet", "ingest/summary.json", "evaluation/coverage.csv"])
def test_a_run_that_lacks_a_file_every_run_has_is_refused_by_name(name, small_run, tmp_path):
    run = without(small_run, tmp_path / "run", name)
    with pytest.raises(InputRefused, match=re.escape(name)) as refused:
        publish(run)
    assert "What to do" in str(refused.value)
    assert not (run / "card").exists()


@pytest.mark.parametrize("name", ["values.parquet", "evaluation/metrics.json"])
def test_a_file_cut_in_half_is_refused_and_the_card_before_stays(name, small_run, card, tmp_path):
    run = without(small_run, tmp_path / "run")
    shutil.copytree(card, run / "card")
    whole = (run / name).read_bytes()
    (run / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputRefused, match="is not the file its receipt names"):
        publish(run)
    assert (run / "card" / "model_card.md").read_bytes() == (card / "model_card.md").read_bytes()
    assert [path.name for path in run.glob(".card*")] == []


def test_a_figure_that_a_file_does_not_hold_is_refused_with_its_address(small_run, tmp_path):
    run = without(small_run, tmp_path / "run")
    receipt = json.loads((run / "receipt.json").read_text("utf-8"))
    del receipt["counts"]["dwellings_flagged"]
    (run / "receipt.json").write_text(json.dumps(receipt), "utf-8")
    with pytest.raises(InputRefused, match="holds nothing at /counts/dwellings_flagged"):
        publish(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputRefused, match=r"holds no receipt\.json"):
        publish(tmp_path)
    with pytest.raises(WrongUse, match="is not a folder"):
        publish(tmp_path / "nowhere")


def test_figures_changed_by_hand_come_onto_no_card(small_run, tmp_path):
    run = without(small_run, tmp_path / "run")
    metrics = json.loads((run / "evaluation" / "metrics.json").read_text("utf-8"))
    metrics["overall"]["boosted"]["mdape"] /= 2
    (run / "evaluation" / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    with pytest.raises(InputRefused, match=r"metrics\.json is not the file its receipt names"):
        publish(run)
    assert not (run / "card").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(small_run, tmp_path):
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(WrongUse, match="not written by"):
        publish(small_run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_publishing_again_gives_the_same_bytes(small_run, card, tmp_path):
    again = publish(small_run, publish(small_run, tmp_path / "card"))
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in card.iterdir()
    }


def test_the_command_writes_the_folder_and_says_what_is_left_to_do(small_run, tmp_path):
    from valuation.command_line.main import app

    told = CliRunner().invoke(app, ["card", str(small_run), "--out", str(tmp_path / "card")])
    assert told.exit_code == 0
    assert told.stdout.strip() == str(tmp_path / "card")
    assert "fill in" in told.stderr


def test_a_place_that_cannot_be_written_is_refused_before_the_work(small_run):
    from valuation.command_line.main import app

    told = CliRunner().invoke(app, ["card", str(small_run), "--out", "/proc/card"])
    assert isinstance(told.exception, WrongUse)


# --- the draft of an impact assessment -------------------------------------------------------------------------------


def test_the_draft_marks_what_only_the_controller_knows(card):
    text = (card / "dpia.md").read_text("utf-8")
    assert text.count(f"**{CONTROLLER}:**") >= 10
    assert "It is no completed assessment" in text


def test_the_figures_of_the_draft_are_those_of_the_run(finished, small_run):
    found = figures_of(impact_assessment(finished))
    assert [item for item in found if not is_same(looked_up(small_run, item.source), str(item.value))] == []
    assert len(found) > 8


def test_nothing_calls_itself_compliant(card):
    told = {path.name: path.read_text("utf-8").lower() for path in card.iterdir()}
    assert [name for name, text in told.items() if re.search(r"complian|in conformity|lovlig i henhold", text)] == []


def test_what_deeds_tell_of_the_parties_is_not_passed_over(card):
    assert "how buyer and seller are related" in (card / "dpia.md").read_text("utf-8")
