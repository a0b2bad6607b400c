"""How long does a letter take, as HTML and as PDF, against what the same tools need for a bare page of the same length?

HTML: record and page together, against a bare Jinja2 template that fills as many places with as many letters of text.
PDF: the letter, against WeasyPrint on plain paragraphs of as many pages, tagged alike. Both sides run in this process,
in turn, several times; seconds of processor time, medians, and their ratio are printed. Give the folder of a finished
run (by default the quick demo): ``python benchmarks/letters.py RUN``.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment

from valuation.adapters.weasyprint_letters import LetterPrinter
from valuation.appraisal.bundle import load_bundle
from valuation.letters.letter import letter_html, without_marks
from valuation.letters.records import ValuedRoll

GOAL_HTML, GOAL_PDF = 0.020, 0.4
"""Seconds a letter."""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def bare_page(html: str) -> Callable[[], str]:
    """Return what fills a template of as many places and as much other text as a letter."""
    n = html.count("data-record")
    filler = "x" * (len(html) // n)
    template = Environment(autoescape=True).from_string("{% for piece in pieces %}{{ piece }}{% endfor %}")
    return lambda: template.render(pieces=[filler] * n)


def plain_document(html: str, printer: LetterPrinter) -> str:
    """Return a document of plain paragraphs that is as many pages as the letter, in its type."""
    style = re.search(r"<style>.*?</style>", html, flags=re.DOTALL)
    assert style is not None
    words = len(re.sub(r"<[^>]+>", " ", without_marks(html)).split())
    goal, n = pages(printer.pdf(html)), words // 40
    while True:
        text = "<p>" + "</p><p>".join(["ord etter ord og " * 10] * n) + "</p>"
        document = f"<!DOCTYPE html><html lang='nb'><title>x</title>{style[0]}<main><h1>x</h1>{text}</main></html>"
        if pages(printer.pdf(document)) >= goal:
            return document
        n += 10


def pages(pdf: bytes) -> int:
    """Return how many pages a PDF has."""
    import io

    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def told(what: str, ours: list[float], theirs: list[float], peer: str, goal: float, n: int) -> str:
    """Return a line with both sides and their ratio."""
    first, second = statistics.median(ours) / n, statistics.median(theirs) / n
    return (
        f"{what}: {1000 * first:.1f} ms a letter (goal {1000 * goal:.0f}); {peer}: {1000 * second:.2f} ms; "
        f"ratio {first / second:.1f}"
    )


def main() -> None:
    """Time both and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, nargs="?", default=Path("runs/demo-3000-2000"))
    parser.add_argument("--letters", type=int, default=200, help="letters as HTML; a tenth of them as PDF")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    roll = ValuedRoll(load_bundle(asked.run / "bundle"), asked.run)
    identities = roll.dwelling_ids[:: max(1, len(roll.dwelling_ids) // asked.letters)][: asked.letters]
    n, few = len(identities), max(1, len(identities) // 10)
    language = roll.place.languages[0]
    written = [letter_html(record, language) for record in roll.records(identities)]
    bare = [bare_page(html) for html in written]
    sides: dict[str, list[float]] = {name: [] for name in ("letter", "bare", "pdf", "plain")}
    printer = LetterPrinter()
    plain = [plain_document(html, printer) for html in written[:few]]
    for _ in range(asked.repeats):
        sides["letter"].append(timed(lambda: [letter_html(r, language) for r in roll.records(identities)]))
        sides["bare"].append(timed(lambda: [render() for render in bare]))
        sides["pdf"].append(timed(lambda: [printer.pdf(html) for html in written[:few]]))
        sides["plain"].append(timed(lambda: [printer.pdf(document) for document in plain]))
    print(f"{n} letters, {few} of them as PDF of {pages(printer.pdf(written[0]))} pages, median of {asked.repeats}")
    print(told("HTML, record included", sides["letter"], sides["bare"], "bare Jinja2 template", GOAL_HTML, n))
    print(told("PDF", sides["pdf"], sides["plain"], "WeasyPrint on plain paragraphs", GOAL_PDF, few))


if __name__ == "__main__":
    main()
