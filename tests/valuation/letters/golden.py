"""What did ten letters say when somebody last read them? Their records and texts, kept beside this file.

``python -m tests.valuation.letters.golden`` writes the texts anew from the records, to be read in the difference;
``python -m tests.valuation.letters.golden RUN`` takes the records anew from a small run first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.valuation.letters.kinds import SENT, ten_kinds, with_more_faults
from tests.valuation.letters.reading import Letter
from valuation.appraisal.bundle import load_bundle
from valuation.letters.letter import letter_html
from valuation.letters.record import LetterRecord
from valuation.letters.records import Asked, ValuedRoll

HOME = Path(__file__).parent / "golden"
LANGUAGES = ("nb", "nn")


def golden_records() -> dict[str, LetterRecord]:
    """Return the ten records by kind."""
    return {
        path.stem: LetterRecord.model_validate_json(path.read_text("utf-8")) for path in sorted(HOME.glob("*.json"))
    }


def written(record: LetterRecord, language: str) -> str:
    """Return the text of a letter, with plain blanks, a line each."""
    return Letter(letter_html(record, language)).text


def take(run: Path) -> None:
    """Take the records of the ten kinds from a run."""
    with tempfile.TemporaryDirectory() as folder:
        copy = with_more_faults(run, Path(folder) / "run")
        bundle = load_bundle(copy / "bundle")
        kinds = ten_kinds(copy, bundle)
        told = ValuedRoll(bundle, copy, Asked(sent=SENT, with_wrong_facts=True)).records(list(kinds.values()))
    HOME.mkdir(exist_ok=True)
    for kind, record in zip(kinds, told, strict=True):
        (HOME / f"{kind}.json").write_text(record.model_dump_json() + "\n", "utf-8")


def renew() -> None:
    """Write the texts anew from the records."""
    for kind, record in golden_records().items():
        for language in LANGUAGES:
            (HOME / f"{kind}.{language}.txt").write_text(written(record, language), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        take(Path(sys.argv[1]))
    renew()
