"""What would the way of reckoning say that a person can follow by hand? The whole decision tree, drawn and in words."""

from __future__ import annotations

from markupsafe import Markup

from valuation.languages.spoken import say, spoken
from valuation.report.blocks import Details, Picture, Section, Table, Text
from valuation.report.cells import row
from valuation.report.material import Material
from valuation.report.run_folder import NotGiven


def section(material: Material) -> Section:
    """Return the picture that `explain` drew, and every leaf with what must hold of a dwelling to end there.

    Raises
    ------
    NotGiven
        For a run without the picture in the language of the page.
    """
    svg = material.folder.text(f"explain/tree.{spoken()}.svg")
    told = material.folder.text(f"explain/tree.{spoken()}.txt").strip().split("\n\n")
    if not svg.startswith("<svg ") or len(told) != 3:
        raise NotGiven(
            f"explain/tree.{spoken()}.svg",
            "the picture of the decision tree is not as `explain` wrote it",
            is_damaged=True,
            remedy="run `valuation explain` again",
        )
    leaves = [line.partition(": ") for line in told[2].splitlines()]
    rows = [row(answer, asked) for answer, _, asked in leaves]
    caption = material.caption(say("Every answer of the decision tree, the lowest first"))
    text = Text(
        say(
            "One tree on few facts, beside the model that sets the value: its answers can be followed by hand, and "
            "its error is shown beside the others' throughout. Percentages are against what is usual for dwellings "
            "of the same kind."
        )
    )
    return Section(
        "tree",
        say("The decision tree, whole"),
        say("Decision tree"),
        [
            text,
            # Drawn by this program, every text in it escaped; the hashes of the run hold it as it was written.
            Picture(Markup(svg), is_wide=True),  # noqa: S704
            Details(
                say("Every answer in words"),
                [Table(say("Leaves"), caption, [say("It says"), say("Where")], rows, (0, 1))],
            ),
        ],
    )
