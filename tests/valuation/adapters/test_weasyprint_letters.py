"""Can a letter as PDF be read by everybody? Its structure, by a reader of its own; and the same bytes each time."""

from __future__ import annotations

import gc
import hashlib
import io
import multiprocessing
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.valuation.letters import golden
from valuation.errors import Interrupted
from valuation.letters.letter import letter_html, without_marks

pikepdf = pytest.importorskip("pikepdf")
pytest.importorskip("weasyprint")

RECORDS = golden.golden_records()
ANNEX = {"nb": "Vedlegg", "nn": "Vedlegg", "en": "Annex"}


@pytest.fixture(scope="module")
def printer():
    from valuation.adapters.weasyprint_letters import LetterPrinter

    return LetterPrinter()


@pytest.fixture(scope="module")
def pdf(printer):
    """Return the bytes of a letter, each made once."""
    made: dict[tuple[str, str], bytes] = {}

    def letter(kind: str, language: str = "nb") -> bytes:
        if (kind, language) not in made:
            made[kind, language] = printer.pdf(letter_html(RECORDS[kind], language))
        return made[kind, language]

    return letter


def opened(content: bytes):
    """Return a PDF to look into."""
    return pikepdf.open(io.BytesIO(content))


def elements(document) -> list:
    """Return every element of the structure, in the order in which it is read aloud."""
    found = []

    def walk(node) -> None:
        if isinstance(node, pikepdf.Array):
            for item in node:
                walk(item)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append(node)
            walk(node.get("/K", pikepdf.Array()))

    walk(document.Root.StructTreeRoot.K)
    return found


def named(document, *names: str) -> list:
    """Return the elements of the structure with one of some names."""
    return [item for item in elements(document) if str(item.S) in names]


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_it_is_tagged_says_its_language_and_shows_its_title(kind, pdf):
    with opened(pdf(kind)) as document:
        assert str(document.Root.Lang) == "nb"
        assert bool(document.Root.MarkInfo.Marked)
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert document.Root.StructTreeRoot.Type == "/StructTreeRoot"
        with document.open_metadata() as told:
            assert told["pdfuaid:part"] == "1"
            assert RECORDS[kind].address in told["dc:title"]


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_it_says_the_language_it_is_in(language, pdf):
    with opened(pdf("house-with-plot", language)) as document:
        assert str(document.Root.Lang) == language


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_every_picture_has_words_and_there_is_one_first_heading(kind, pdf):
    with opened(pdf(kind)) as document:
        figures = named(document, "/Figure")
        assert [figure for figure in figures if not str(figure.get("/Alt", ""))] == []
        assert len(figures) == (RECORDS[kind].valued is not None)
        assert len(named(document, "/H1")) == 1
        levels = [int(str(item.S)[2:]) for item in elements(document) if re.fullmatch(r"/H\d", str(item.S))]
        assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


@pytest.mark.parametrize("kind", ["house-with-plot", "no-location"])
def test_every_cell_of_a_table_names_the_heads_of_its_row_and_its_column(kind, pdf):
    # WeasyPrint ties cells to heads by name (/Headers), which PDF/UA-1 takes as well as /Scope.
    with opened(pdf(kind)) as document:
        heads = {str(head.ID) for head in named(document, "/TH")}
        cells = named(document, "/TD")
        tied = [{str(name) for name in cell.A.get("/Headers", pikepdf.Array())} for cell in cells]
        assert [names for names in tied if len(names) < 2 or not names <= heads] == []
        assert len(cells) > 40


@pytest.mark.parametrize("kind", sorted(kind for kind, record in RECORDS.items() if record.valued))
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_letter_is_one_page_and_the_annex_begins_on_the_second(kind, language, pdf):
    with opened(pdf(kind, language)) as document:
        assert [float(side) for side in document.pages[0].mediabox][2:] == pytest.approx([595.28, 841.89], abs=0.1)
        (first,) = document.open_outline().root
        annex = next(item for item in first.children if item.title.startswith(ANNEX[language]))
        pages = [page.obj.objgen for page in document.pages]
        assert pages.index(annex.destination[0].objgen) == 1


def test_the_same_letter_is_the_same_file_in_this_process_and_in_another(pdf, printer):
    first = pdf("house-with-plot")
    assert printer.pdf(letter_html(RECORDS["house-with-plot"], "nb")) == first
    script = (
        "import sys\n"
        "from valuation.letters.letter import letter_html\n"
        "from valuation.letters.record import LetterRecord\n"
        "from valuation.adapters.weasyprint_letters import LetterPrinter\n"
        "record = LetterRecord.model_validate_json(open(sys.argv[1], encoding='utf-8').read())\n"
        "sys.stdout.buffer.write(LetterPrinter().pdf(letter_html(record, 'nb')))"
    )
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    path = golden.HOME / "house-with-plot.json"
    asked = subprocess.run([sys.executable, "-c", script, path], capture_output=True, check=True, env=elsewhere)
    assert asked.stdout == first


@pytest.mark.parametrize("kind", ["house-with-plot", "no-location"])
def test_objects_put_into_bytes_once_are_those_the_typesetter_writes(kind, pdf):
    import weasyprint

    from valuation.adapters.weasyprint_letters import VARIANT

    html = letter_html(RECORDS[kind], "nb")
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    document = weasyprint.HTML(string=without_marks(html))
    assert document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier) == pdf(kind)


def test_a_letter_is_set_in_one_family_of_type(pdf):
    # Each family more is some ten kilobytes in each of a hundred thousand files.
    with opened(pdf("house-with-plot")) as document:
        fonts = [
            item.BaseFont for item in document.objects if isinstance(item, pikepdf.Dictionary) and "/BaseFont" in item
        ]
    families = {re.sub(r"^/\w{6}\+|-Bold", "", str(name)) for name in fonts}
    assert len(families) == 1


def test_a_letter_fetches_nothing_from_outside(printer):
    picture = (golden.HOME / "house-with-plot.json").as_uri()
    html = letter_html(RECORDS["lowest"], "nb").replace("</main>", f'<img src="{picture}" alt="x"></main>')
    with opened(printer.pdf(html)) as document:
        assert [dict(page.get_images()) for page in document.pages if page.get_images()] == []


def test_letters_are_set_without_a_word_of_warning(printer, caplog):
    printer.pdf(letter_html(RECORDS["house-with-plot"], "nb"))
    assert [record.message for record in caplog.records] == []


def test_without_pango_the_command_says_what_is_missing_and_ends_with_2(letter_run, kinds, tmp_path):
    # A typesetter that finds no library of the system, as WeasyPrint does without Pango.
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n", "utf-8")
    words = [sys.executable, "-m", "valuation", "letter", letter_run, kinds["lowest"], "--out", tmp_path / "out"]
    without = os.environ | {"PYTHONPATH": str(tmp_path)}
    asked = subprocess.run([*words, "--format", "pdf"], capture_output=True, text=True, env=without, check=False)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "a library of the system is missing (cannot load library 'libpango-1.0-0')" in asked.stderr
    assert "--format html" in asked.stderr
    assert not (tmp_path / "out").exists()
    as_html = subprocess.run(words, capture_output=True, text=True, env=without, check=False)
    assert as_html.returncode == 0
    assert Path(as_html.stdout.strip()).read_text("utf-8").startswith("<!DOCTYPE html>")


def test_the_press_gives_every_letter_in_its_order_with_the_same_bytes(pdf):
    from valuation.adapters.weasyprint_letters import LetterPress

    kinds = ["lowest", "house-with-plot", "no-location", "lowest", "house-with-plot", "lowest"]
    with LetterPress(2) as press:
        made = list(press.pdfs(letter_html(RECORDS[kind], "nb") for kind in kinds))
        again = list(press.pdfs([letter_html(RECORDS["lowest"], "nn")]))
        assert list(press.pdfs([])) == []
    assert made == [pdf(kind) for kind in kinds]
    assert again == [pdf("lowest", "nn")]


def test_a_press_whose_process_was_killed_says_so_and_leaves_nobody_waiting():
    from valuation.adapters.weasyprint_letters import LetterPress

    with LetterPress(1) as press:
        printed = press.pdfs(letter_html(RECORDS["lowest"], "nb") for _ in range(50))
        next(printed)
        (process,) = multiprocessing.active_children()
        process.kill()
        with pytest.raises(Interrupted, match="was killed"):
            list(printed)


def test_the_search_for_garbage_goes_on_after_a_letter(printer):
    printer.pdf(letter_html(RECORDS["lowest"], "nb"))
    assert gc.isenabled()
