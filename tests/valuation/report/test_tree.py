"""Does the report show the whole decision tree, and say so where a run has no picture of it?"""

from __future__ import annotations

import pytest

from tests.factories import a_characteristic, a_jurisdiction
from valuation.report.material import Material
from valuation.report.run_folder import NotGiven, RunFolder
from valuation.report.tree import section


@pytest.fixture
def material(tmp_path):
    (tmp_path / "explain").mkdir()
    place = a_jurisdiction(
        {
            "area_m2": a_characteristic("number", "living_area"),
            "type": a_characteristic("category", "dwelling_type"),
            "zone": a_characteristic("category", "market_area"),
        },
        is_synthetic=True,
    )
    return Material(RunFolder(tmp_path), place, 50)


def write(material, svg, text):
    (material.folder.path / "explain" / "tree.en.svg").write_text(svg, "utf-8")
    (material.folder.path / "explain" / "tree.en.txt").write_text(text, "utf-8")


def test_the_picture_stands_with_every_answer_in_a_table(material):
    write(
        material,
        "<svg aria-label='t'></svg>\n",
        "Title\n\nA at most 1?\n  yes: ...\n\n5 NOK (2 sales): A at most 1\n7 NOK: –\n",
    )
    _, picture, details = section(material).parts
    (table,) = details.parts
    assert str(picture.svg).startswith("<svg ")
    assert [found["cells"] for found in table.rows] == [["5 NOK (2 sales)", "A at most 1"], ["7 NOK", "–"]]
    assert table.caption.startswith("Synthetic data.")


@pytest.mark.parametrize(("svg", "text"), [("<html>", "a\n\nb\n\nc"), ("<svg ></svg>", "half of it")])
def test_a_damaged_picture_is_not_shown(material, svg, text):
    write(material, svg, text)
    with pytest.raises(NotGiven, match="not as `explain` wrote it"):
        section(material)


def test_a_run_without_a_picture_says_what_is_missing(material):
    with pytest.raises(NotGiven, match=r"explain/tree\.en\.svg"):
        section(material)
