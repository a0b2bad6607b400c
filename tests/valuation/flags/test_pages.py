"""The pages of the flags say what the rules say."""

from pathlib import Path

from valuation.flags.pages import flag_pages

FOLDER = Path(__file__).parents[3] / "docs" / "reference" / "flags"


def test_every_flag_has_its_fresh_page():
    # Stale? Run `make docs` and look at what changed.
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == flag_pages()
