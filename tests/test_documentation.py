"""Does the documentation tell the truth? Links, commands, settings, words and pages held against the code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.jurisdictions.reading import read_jurisdiction

HOME = Path(__file__).resolve().parents[1]
DOCS = HOME / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *HOME.glob("*.md")])


def script(name: str) -> ModuleType:
    """Return a script of docs/ as a module."""
    spec = spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = script("generate")
JURISDICTION_FILES = GENERATE.jurisdiction_files()


def relative(path: Path) -> str:
    """Return a path as it is written in the repository."""
    return path.relative_to(HOME).as_posix()


# --- faults ----------------------------------------------------------------------------------------------------------

FAULTS = [f"F-{number:02d}" for number in range(1, 24)]
TABLE_OF_FAULTS = re.findall(
    r"^\| (F-\d+) [^|]*\| ([^|]*) \|", (DOCS / "reference/faults.md").read_text("utf-8"), re.MULTILINE
)


def test_every_fault_stands_in_the_table_with_its_tests():
    assert [fault for fault, _ in TABLE_OF_FAULTS] == FAULTS
    assert [fault for fault, tests in TABLE_OF_FAULTS if "::test_" not in tests] == []


@pytest.mark.parametrize(("fault", "tests"), TABLE_OF_FAULTS, ids=FAULTS)
def test_the_tests_that_the_table_of_faults_names_are_there(fault, tests):
    named = [one.split("::") for one in re.findall(r"`([^`]+)`", tests)]
    missing = [name for file, name in named if f"def {name}(" not in (HOME / file).read_text("utf-8")]
    assert missing == []


# --- generated pages -------------------------------------------------------------------------------------------------


def test_generated_pages_say_what_the_code_says():
    # In a process of its own, as `make docs` does it: what a test imported before must not matter.
    asked = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "", "")


def test_the_figures_of_a_run_are_shown_with_their_split_number_and_interval(small_run, small_raw):
    figures = script("figures")
    taken = figures.figures_of(small_run, small_raw)
    shown = figures.section({"trondheim": taken})
    n_sales = taken["overall"]["n_sales"]
    assert f"tested on all {n_sales:,} sales from {taken['holdout']['from']}" in shown
    assert figures.with_interval(taken["overall"]["boosted"], "mdape") in shown
    assert "synthetic" in shown
    assert f"`{taken['model_version']}`" in shown


def test_the_section_of_figures_is_replaced_and_nothing_else():
    figures = script("figures")
    readme = f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n"
    empty = figures.with_section(readme, figures.section({}))
    assert empty == f"before\n{figures.BEGIN}\n{figures.END}\nafter\n"
    assert figures.with_section(empty, figures.section({})) == empty


def test_every_setting_says_what_it_is():
    from valuation.pipeline import params

    told = GENERATE.attribute_docstrings(Path(params.__file__).read_text(encoding="utf-8"))
    silent = [
        f"{section}.{name}"
        for section, field in params.Params.model_fields.items()
        for name in field.annotation.model_fields
        if not told.get(field.annotation.__name__, {}).get(name)
    ]
    assert silent == []


def test_every_setting_of_params_yaml_exists():
    from valuation.pipeline.params import read_params

    assert read_params(HOME / "params.yaml") is not None


# --- jurisdictions ---------------------------------------------------------------------------------------------------


@cache
def jurisdiction(path: Path) -> Jurisdiction:
    """Return a shipped jurisdiction."""
    return read_jurisdiction(path)


@pytest.mark.parametrize("path", JURISDICTION_FILES, ids=lambda path: path.stem)
def test_every_characteristic_is_called_by_name_in_each_language_of_its_jurisdiction(path):
    place = jurisdiction(path)
    texts = {"title": place.title}
    texts |= {f"explanation_groups.{name}": words for name, words in place.explanation_groups.items()}
    texts |= {f"characteristics.{name}": item.labels for name, item in place.characteristics.items()}
    silent = [
        f"{name}: {language}"
        for name, words in texts.items()
        for language in place.languages
        if not getattr(words, language)
    ]
    assert silent == []


@pytest.mark.parametrize("path", JURISDICTION_FILES, ids=lambda path: path.stem)
def test_a_shipped_jurisdiction_is_called_as_its_file(path):
    assert jurisdiction(path).name == path.stem


# --- links -----------------------------------------------------------------------------------------------------------


def links_of(path: Path) -> Iterator[str]:
    """Yield the targets of a page's links and pictures that lie in the repository."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def is_broken(page: Path, target: str) -> bool:
    """Return whether a link leads nowhere."""
    file, _, anchor = target.partition("#")
    goal = (page.parent / file).resolve() if file else page
    return not goal.exists() or (bool(anchor) and anchor not in anchors_of(goal))


def test_every_link_leads_somewhere():
    assert [
        f"{relative(page)}: {target}" for page in PAGES for target in links_of(page) if is_broken(page, target)
    ] == []


# Written into the folder of a run, by `valuation card`.
PAGES_OF_A_RUN = {"model_card.md", "dpia.md"}


def test_every_page_that_the_code_names_exists():
    named = [
        (relative(path), name)
        for folder in ("valuation", "tests", "benchmarks", "data/jurisdictions", "docs")
        for path in [*(HOME / folder).rglob("*.py"), *(HOME / folder).rglob("*.yaml")]
        for name in re.findall(r"[\w/.-]+\.md\b", path.read_text(encoding="utf-8"))
        if name not in PAGES_OF_A_RUN
    ]
    known = [f"/{relative(page)}" for page in PAGES]
    assert [(path, name) for path, name in named if not any(page.endswith(f"/{name}") for page in known)] == []


def test_every_page_can_be_found_from_the_index():
    reached, todo = set(), [DOCS / "index.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        goals = [(page.parent / target.partition("#")[0]).resolve() for target in links_of(page)]
        inside = [path for goal in goals for path in ([goal] if goal.is_file() else sorted(goal.glob("*.md")))]
        todo += [path for path in inside if path.suffix == ".md" and path not in reached]
    assert [relative(page) for page in PAGES if page.is_relative_to(DOCS) and page not in reached] == []


def test_decisions_are_numbered_without_a_gap_and_listed():
    files = sorted(path.name for path in (DOCS / "decisions").glob("[0-9]*.md"))
    listed = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    assert [name for name in files if name not in listed] == []


# --- commands --------------------------------------------------------------------------------------------------------


def commands_of(path: Path) -> Iterator[list[str]]:
    """Yield the words of each command in a page's blocks of code and in its running text."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL) for line in block.splitlines()]
    for line in [*lines, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]:
        plain = line.strip().removeprefix(".venv/bin/")
        if re.match(r"(make|valuation) [a-z-]", plain):
            yield shlex.split(plain, comments=True)


def command_line() -> dict[str, Any]:
    """Return every command of `valuation` by its words."""
    from typer.main import get_command

    GENERATE.command_line_page()  # registers the stages, as the program does when it starts
    from valuation.command_line.main import app

    return {" ".join(words): command for words, command in GENERATE.walk(get_command(app), ["valuation"])}


def faults_of(words: list[str], known: dict[str, Any], targets: set[str]) -> list[str]:
    """Return what is wrong with a command as written in a page."""
    if words[0] == "make":
        return [word for word in words[1:] if "=" not in word and not word.startswith("-") and word not in targets]
    name = next((n for n in (" ".join(words[:3]), " ".join(words[:2])) if n in known), None)
    if name is None:
        return [" ".join(words)]
    options = {option for parameter in known[name].params for option in [*parameter.opts, *parameter.secondary_opts]}
    return [f"{name} {word}" for word in words if word.startswith("--") and word not in options | {"--debug", "--help"}]


def test_every_command_in_the_documentation_exists():
    makefile = (HOME / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    known = command_line()
    faults = [
        f"{relative(page)}: {fault}"
        for page in PAGES
        for words in commands_of(page)
        for fault in faults_of(words, known, targets)
    ]
    assert faults == []


def test_the_commands_of_the_readme_are_found_at_all():
    assert {"demo", "test"} <= {words[1] for words in commands_of(HOME / "README.md") if words[0] == "make"}


# --- words -----------------------------------------------------------------------------------------------------------

# Helpers of a table, not words of the trade.
NOT_OF_THE_TRADE = {"n_sales", "standard_error", "month", "x_m", "y_m"}


def columns_promised() -> set[str]:
    """Return the columns that the contract of the output folder names for tables people read."""
    text = (DOCS / "reference" / "output-folder.md").read_text(encoding="utf-8")
    told = re.findall(
        r"^\*\*(?:holdout_values|values|sales)\.parquet\*\*:(.*?)(?=^\*\*|\Z)", text, flags=re.DOTALL | re.MULTILINE
    )
    lists = [part for paragraph in told for part in re.findall(r"`([a-z_, \n]+)`", paragraph)]
    return {word for part in lists for word in re.findall(r"[a-z_]{2,}", part)} - NOT_OF_THE_TRADE


def test_the_glossary_knows_the_words_that_columns_are_named_by():
    known = set(re.findall(r"`([a-z_0-9]+)`", (DOCS / "glossary.md").read_text(encoding="utf-8")))
    columns = columns_promised()
    assert len(columns) > 15
    assert columns - known == set()


def test_the_glossary_gives_every_word_in_three_languages():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith("| English")
    ]
    assert [row[0] for row in rows if len(row) != 5 or not all([*row[:3], row[4]])] == []


# --- what must not stand in the repository ---------------------------------------------------------------------------

# Put together here, so that this file does not hold what it forbids.
PLACES = "|".join(("/" + "work/", "/" + "root/", "/" + "home/", "/" + "opt/", "/" + "Users/"))
INDEXES = "|".join(
    ("pypi" + r"\.org", "pythonhosted" + r"\.org", "--(extra-)?index" + "-url[ =]", "find" + "-links[ =]")
)
FORBIDDEN = re.compile(rf"(?<![\w.}}])(?:{PLACES})|{INDEXES}")


def tracked_files() -> list[Path]:
    """Return the files under version control, or all of them in an unpacked archive."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=False)
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in map(HOME.joinpath, names) if path.is_file()]


def test_nothing_names_a_path_of_a_machine_or_the_address_of_an_index():
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{relative(path)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert found == []


def test_the_search_for_forbidden_words_finds_them():
    assert FORBIDDEN.search("see " + "/" + "work/here")
    assert FORBIDDEN.search("https://" + "pypi" + ".org/simple")
