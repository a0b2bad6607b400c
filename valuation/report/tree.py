"""What would the way of reckoning say that a person can follow by hand? The whole decision tree, drawn and in words."""

from __future__ import annotations

from markupsafe import Markup

from valuation.report.blocks import Details, Picture, Section, Table, Text
from valuation.report.cells import row
from valuation.report.material import Material
from valuation.report.run_folder import NotGiven

_TITLE = "The decision tree, whole"


def section(material: Material) -> Section:
    """Return the picture that `explain` drew, and every leaf with what must hold of a dwelling to end there.

    Raises
    ------
    NotGiven
        For a run without the picture in English.
    """
    svg = material.folder.text("explain/tree.en.svg")
    told = material.folder.text("explain/tree.en.txt").strip().split("\n\n")
    if not svg.startswith("<svg ") or len(told) != 3:
        raise NotGiven(
            "explain/tree.en.svg",
            "the picture of the decision tree is not as `explain` wrote it",
            is_damaged=True,
            remedy="run `valuation explain` again",
        )
    leaves = [line.partition(": ") for line in told[2].splitlines()]
    rows = [row(answer, asked) for answer, _, asked in leaves]
    caption = material.caption("Every answer of the decision tree, the lowest first")
    text = Text(
        "One tree on few facts, beside the model that sets the value: its answers can be followed by hand, and its "
        "error "
        "is shown beside the others' throughout. Percentages are against what is usual for dwellings of the same kind."
    )
    return Section(
        "tree",
        _TITLE,
        "Decision tree",
        [
            text,
            # Drawn by this program, every text in it escaped; the hashes of the run hold it as it was written.
            Picture(Markup(svg), is_wide=True),  # noqa: S704
            Details("Every answer in words", [Table("Leaves", caption, ["It says", "Where"], rows, (0, 1))]),
        ],
    )
