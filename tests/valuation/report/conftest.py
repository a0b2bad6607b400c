"""The report of the small run, read as a machine reads it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from valuation.jurisdictions.reading import read_jurisdiction
from valuation.report.material import Material
from valuation.report.page import page
from valuation.report.run_folder import RunFolder


@dataclass
class Marked:
    """A figure of the page: what people read, and what it is."""

    value: float
    marks: dict[str, str]
    text: str = ""


@dataclass
class Read(HTMLParser):
    """A page: tags with their attributes, words, and figures."""

    tags: list = field(default_factory=list)
    words: list = field(default_factory=list)
    figures: list[Marked] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    """Texts of cells, outside any mark."""

    def __post_init__(self):
        super().__init__()
        self._open, self._in_cell = None, False

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "data":
            marks = {name.removeprefix("data-"): text for name, text in found.items() if name != "value"}
            self._open = Marked(float(found["value"]), marks)
            self.figures.append(self._open)
        self._in_cell = tag == "td" or (self._in_cell and tag in ("data", "small", "span"))

    def handle_endtag(self, tag):
        self._open = None if tag == "data" else self._open
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data):
        self.words.append(data)
        if self._open is not None:
            self._open.text += data
        elif self._in_cell:
            self.unmarked.append(data)

    def all(self, name):
        """Return the attributes of each tag of a name."""
        return [attributes for tag, attributes in self.tags if tag == name]

    def of(self, kind, **marks):
        """Return the figures of a kind that carry these marks."""
        wanted = {"kind": kind, **marks}
        return [item for item in self.figures if wanted.items() <= item.marks.items()]


def read(text):
    """Return a page as a machine reads it."""
    found = Read()
    found.feed(text)
    return found


@pytest.fixture(scope="session")
def text(small_run):
    return (small_run / "report" / "index.en.html").read_text("utf-8")


@pytest.fixture(scope="session")
def texts(small_run):
    """The report in every language of the place."""
    files = {"nb": "index.html", "nn": "index.nn.html", "en": "index.en.html"}
    return {language: (small_run / "report" / name).read_text("utf-8") for language, name in files.items()}


@pytest.fixture(scope="session")
def read_page(text):
    return read(text)


@pytest.fixture(scope="session")
def read_text():
    return read


@pytest.fixture
def a_copy(small_run, tmp_path):
    """A copy of what the report reads, to be spoilt."""
    for name in ("holdout_values.parquet", "values.parquet", "sales.parquet", "time_index.parquet"):
        shutil.copy(small_run / name, tmp_path / name)
    for name in ("evaluation", "explain", "screen"):
        shutil.copytree(small_run / name, tmp_path / name)
    (tmp_path / "bundle").mkdir()
    for name in ("manifest.json", "params.json"):
        shutil.copy(small_run / "bundle" / name, tmp_path / "bundle" / name)
    return tmp_path


@pytest.fixture
def made(trondheim):
    """Make the page of a run folder and read it."""

    def make(folder: Path, since: Path | None = None, language: str = "en", **changes):
        place = read_jurisdiction(trondheim).model_copy(update=changes)
        earlier = None if since is None else RunFolder(since)
        return read(page(Material(RunFolder(folder), place, 50, earlier), language))

    return make
