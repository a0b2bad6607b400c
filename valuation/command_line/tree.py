"""`valuation tree`: what the way of reckoning says of a dwelling that a person can follow by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line.one_dwelling import bundle_of, dwelling_of, language_of, why_no_value
from valuation.command_line.places import check_can_write
from valuation.command_line.terminal import result, say
from valuation.errors import WrongUse

if TYPE_CHECKING:
    from valuation.appraisal.bundle import Bundle
    from valuation.explanation.tree_path import TreePath


def tree(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    dwelling: Annotated[str, typer.Argument(help="Identity of a dwelling on the roll.", metavar="DWELLING")],
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Also draw the whole tree, the way of the dwelling in colour (SVG)."),
    ] = None,
) -> None:
    """Follow the decision tree for a dwelling, in words: what it asks, what it says, how far that is from the value."""
    from valuation.explanation.tree_path import TreeWords
    from valuation.explanation.tree_picture import TreePicture

    if picture is not None:
        _check_is_for_a_picture(picture)
    bundle = bundle_of(run)
    spoken = language_of(language, bundle)
    path = _path_of(run, dwelling, bundle, spoken)
    words = TreeWords(bundle.models, bundle.jurisdiction, spoken)
    if picture is not None:
        check_can_write(picture.absolute().parent)
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(TreePicture(bundle.models, words).svg(path.leaf), "utf-8")
        say(f"Picture: {picture}")
    if bundle.jurisdiction.is_synthetic:
        say("synthetic data: an invented dwelling")
    result("\n".join(words.sentences(path)))


def _check_is_for_a_picture(picture: Path) -> None:
    """Refuse to write over what is no picture: a table of the run is one slip of the pen away."""
    if picture.exists() and (picture.is_dir() or picture.suffix.lower() != ".svg"):
        raise WrongUse(
            f"{picture} exists and is no picture",
            expected="a new file, or one that ends in .svg, which is replaced",
            remedy="choose another --picture",
        )


def _path_of(run: Path, dwelling: str, bundle: Bundle, language: str) -> TreePath:
    from valuation.appraisal.appraise import appraise, known_dwellings
    from valuation.explanation.tree_path import tree_paths

    row = dwelling_of(run, dwelling, bundle, language)
    answer = appraise(bundle, row).table
    if answer["appraised_value"].isna().any():
        raise why_no_value(bundle, row, language)
    features = bundle.models.features_of(known_dwellings(row, bundle), bundle.jurisdiction.valuation_date)
    return tree_paths(bundle.models, features, answer["tree_value"], answer["appraised_value"])[0]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tree)
