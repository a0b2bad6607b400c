"""Which pages are written by the program? The reference pages, and the README's tables of figures.

`python docs/generate.py` writes what is stale; `--check` writes nothing and fails when something is.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[1]
REFERENCE = HOME / "docs" / "reference"
# Run as a script, only docs/ is where modules are looked for; an installation made before `api` knows nothing of it.
sys.path.insert(0, str(HOME))
WRITTEN = "<!-- Written by docs/generate.py (`make docs`); edit its source, not this page. -->\n\n"


def pages() -> dict[Path, str]:
    """Return the text of every generated page by its path."""
    from valuation.flags.pages import flag_pages
    from valuation.reasons.no_value import no_value_pages
    from valuation.release.pages import gate_pages
    from valuation.review.pages import review_page

    return {
        REFERENCE / "params.md": params_page(),
        REFERENCE / "service-settings.md": service_settings_page(),
        HOME / "docs" / "openapi.json": openapi_file(),
        REFERENCE / "jurisdiction-file.md": jurisdiction_file_page(),
        REFERENCE / "command-line.md": command_line_page(),
        REFERENCE / "exit-codes.md": exit_codes_page(),
        REFERENCE / "review.md": page(review_page()),
        **{REFERENCE / "flags" / name: text for name, text in flag_pages().items()},
        **{REFERENCE / "no-value" / name: text for name, text in no_value_pages().items()},
        **{REFERENCE / "gates" / name: text for name, text in gate_pages().items()},
        **{REFERENCE / "jurisdictions" / f"{path.stem}.md": jurisdiction_page(path) for path in jurisdiction_files()},
    }


def openapi_file() -> str:
    """Return what the service says of itself, for the synthetic municipality."""
    from api.main import assemble
    from api.settings import Settings
    from valuation.jurisdictions.reading import read_jurisdiction

    place = read_jurisdiction(HOME / "data" / "jurisdictions" / "trondheim.yaml")
    described = assemble(place, Settings(bundle=Path("bundle"))).openapi()
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def jurisdiction_files() -> list[Path]:
    """Return the jurisdiction files that are shipped, without the settings beside them."""
    files = (HOME / "data" / "jurisdictions").glob("*.yaml")
    return sorted(path for path in files if not path.name.endswith(".params.yaml"))


def params_page() -> str:
    """Return the page of all settings, from the classes that read them."""
    from valuation.pipeline import params

    told = attribute_docstrings(inspect.getsource(params))
    lines = [
        "# Settings",
        "",
        "All that changes numbers stands in `params.yaml`, one section per stage; a setting left out has the default",
        "below. A jurisdiction may set some otherwise in `<jurisdiction>.params.yaml` beside its file, which is also",
        "where `valuation train --tune` writes what it found. An unknown setting or one outside its bounds is refused.",
    ]
    for section, field in params.Params.model_fields.items():
        settings: Any = field.annotation
        lines += ["", f"## {section}", "", first_paragraph(settings), ""]
        lines += ["| Setting | Default | Bounds | What it is |", "|---|---|---|---|"]
        for name, setting in settings.model_fields.items():
            default = setting.get_default(call_default_factory=True)
            meaning = told.get(settings.__name__, {}).get(name, "")
            lines.append(f"| `{name}` | `{default}` | {bounds_of(setting)} | {in_a_cell(meaning)} |")
    return page(lines)


def service_settings_page() -> str:
    """Return the page of what the service reads from the environment, from the class that reads it."""
    from api import settings

    told: dict[str, str] = {}
    for kind in settings.Settings.__mro__:
        if kind.__module__.startswith("api."):
            told |= attribute_docstrings(inspect.getsource(inspect.getmodule(kind)))[kind.__name__]  # type: ignore[arg-type]
    lines = [
        "# Settings of the service",
        "",
        "Read from the environment when the service starts. They say where things are; what changes a number stands in",
        "[params.yaml](params.md). One that is missing or cannot be used stops the start, and is named.",
        "",
        "| Variable | Default | Bounds | What it is |",
        "|---|---|---|---|",
    ]
    for name, setting in settings.Settings.model_fields.items():
        default = "required" if setting.is_required() else f"`{setting.get_default(call_default_factory=True)}`"
        variable = f"{settings.PREFIX}{name.upper()}"
        lines.append(f"| `{variable}` | {default} | {bounds_of(setting)} | {in_a_cell(told.get(name, ''))} |")
    return page(lines)


def attribute_docstrings(source: str) -> dict[str, dict[str, str]]:
    """Return the text under each annotated name of each class of a source file."""
    told: dict[str, dict[str, str]] = {}
    for item in ast.parse(source).body:
        if isinstance(item, ast.ClassDef):
            told[item.name] = dict(_told_under(item))
    return told


def _told_under(item: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, below in zip(item.body, item.body[1:], strict=False):
        is_name = isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if is_name and is_text:
            yield statement.target.id, inspect.cleandoc(str(below.value.value))  # type: ignore[union-attr]


def bounds_of(setting: Any) -> str:
    """Return the bounds pydantic checks, as a person writes them."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = [
        f"{sign} {getattr(limit, word)}"
        for limit in setting.metadata
        for word, sign in signs.items()
        if hasattr(limit, word)
    ]
    return ", ".join(found)


def command_line_page() -> str:
    """Return the page of commands, from the command line itself."""
    from typer.main import get_command

    from valuation.command_line import main as command_line

    if not any(command.name in command_line.STAGE_QUESTIONS for command in command_line.app.registered_commands):
        for name, question in command_line.STAGE_QUESTIONS.items():
            command_line._add_stage(name, question)
    root = get_command(command_line.app)
    lines = [
        "# Command line",
        "",
        str(root.help),
        "",
        "Results go to stdout, talk to stderr. `--debug` shows the trace of",
    ]
    lines += ["a failure. Exit codes: [exit-codes.md](exit-codes.md)."]
    for words, command in sorted(walk(root, ["valuation"])):
        lines += ["", f"## `{' '.join(words)}`", "", in_a_cell(str(command.help or "").split("\n\n")[0]), ""]
        lines += [f"- {described}" for described in map(described_parameter, command.params) if described]
    return page(lines)


def walk(command: Any, words: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Yield every command with the words that call it."""
    for name, below in getattr(command, "commands", {}).items():
        if getattr(below, "commands", None):
            yield from walk(below, [*words, name])
        else:
            yield [*words, name], below


def described_parameter(parameter: Any) -> str:
    """Return an option or argument in a line; nothing for `--help`."""
    if parameter.name == "help":
        return ""
    names = [*parameter.opts, *parameter.secondary_opts]
    shown = " / ".join(names) if names[0].startswith("-") else (parameter.metavar or parameter.name.upper())
    default = parameter.default
    is_worth_telling = not parameter.required and default is not None and default is not False
    tail = f" Default: `{default}`." if is_worth_telling else " Required." if parameter.required else ""
    return f"`{shown}`: {in_a_cell(getattr(parameter, 'help', None) or '')}{tail}"


def exit_codes_page() -> str:
    """Return the page of errors, from the classes themselves."""
    from valuation import errors

    families = [
        item
        for item in vars(errors).values()
        if inspect.isclass(item) and issubclass(item, errors.ValuationError) and item.__module__ == errors.__name__
    ]
    lines = [
        "# Exit codes",
        "",
        "0 when all is done. Otherwise the message says what was found, expected and to be done.",
        "",
    ]
    lines += ["| Code | Error | When |", "|---|---|---|"]
    lines += [
        f"| {item.exit_code} | `{item.__name__}` | {in_a_cell(inspect.getdoc(item) or '')} |" for item in families
    ]
    return page(lines)


def jurisdiction_file_page() -> str:
    """Return the page of all that a jurisdiction file may say, from the classes that read it."""
    from valuation.dwellings import characteristics
    from valuation.jurisdictions import contradiction, jurisdiction

    lines = ["# The jurisdiction file", ""]
    lines += [
        "A YAML file with the keys below; an unknown key is refused. `valuation jurisdiction draft` proposes one,"
    ]
    lines += ["`valuation jurisdiction check` reads it and names the line of each mistake. Examples are the files in"]
    lines += ["`data/jurisdictions/`; what they record stands in [jurisdictions](jurisdictions/)."]
    for module in (jurisdiction, characteristics, contradiction):
        told = attribute_docstrings(inspect.getsource(module))
        models = [item for item in vars(module).values() if is_model_of(module, item)]
        for model in [models[-1], *models[:-1]] if module is jurisdiction else models:
            lines += ["", f"## {model.__name__}", "", first_paragraph(model), ""]
            lines += ["| Key | Type | Default | What it is |", "|---|---|---|---|"]
            lines += [
                key_row(name, field, told[model.__name__].get(name, "")) for name, field in model.model_fields.items()
            ]
    return page(lines)


def is_model_of(module: Any, item: Any) -> bool:
    """Return whether an item is a model of pydantic that this module defines."""
    return inspect.isclass(item) and item.__module__ == module.__name__ and hasattr(item, "model_fields")


def key_row(name: str, field: Any, meaning: str) -> str:
    """Return a key of the jurisdiction file as a row."""
    kind = field.annotation if not inspect.isclass(field.annotation) else field.annotation.__name__
    kind_text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(kind)).replace("NoneType", "None")
    default = field.get_default(call_default_factory=True)
    is_plain = default is None or isinstance(default, (str, int, float, bool, tuple, Decimal))
    shown = "required" if field.is_required() else f"`{default}`" if is_plain and default not in ((), "") else ""
    return f"| `{field.alias or name}` | {in_a_cell(kind_text)} | {shown} | {in_a_cell(meaning)} |"


def jurisdiction_page(path: Path) -> str:
    """Return the page of a jurisdiction's data dictionary, from its file."""
    from valuation.jurisdictions.reading import read_jurisdiction

    place = read_jurisdiction(path)
    lines = [f"# {place.title.en}", ""]
    lines += ["**Synthetic**: made by the program, no real dwelling or sale.", ""] if place.is_synthetic else []
    lines += [
        f"`data/jurisdictions/{path.name}`: {place.currency}, valuation date {place.valuation_date}, sales from",
        f"{place.holdout_from} on are the holdout. Languages: {', '.join(place.languages)}.",
        "",
        "| Raw table | File | Published by | Licence |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | `{table.file}` | {in_a_cell(table.published_by)} | {table.licence} |"
        for name, table in place.tables.items()
    ]
    lines += ["", "## Characteristics", ""]
    shown = [language for language in ("en", "nb", "nn") if getattr(place.title, language)]
    lines += [f"| Name | {' | '.join(shown)} | Kind | Unit | Plausible | More of it | Used by the models | Source |"]
    lines += ["|---" * (8 + len(shown) - 1) + "|"]
    for name, item in place.characteristics.items():
        words = " | ".join(in_a_cell(item.labels.in_language(language)) for language in shown)
        range_ = f"{item.plausible[0]:g} to {item.plausible[1]:g}" if item.plausible else ""
        direction = {"raises": "never lowers the value", "lowers": "never raises the value", "either": ""}[
            item.direction
        ]
        used = "yes" if item.is_feature else "no"
        cells = [f"`{name}`", words, item.kind, item.unit or "", range_, direction, used, in_a_cell(item.source)]
        lines.append(f"| {' | '.join(cells)} |")
    if place.contradictions:
        lines += ["", "## Facts that cannot be true together", ""]
        lines += [f"- {rule.in_words()}" for rule in place.contradictions]
    if place.law.sources:
        lines += ["", "## Rules of law", "", *(f"- {in_a_cell(line)}" for line in place.law.told())]
    if place.left_out:
        lines += ["", "## Left out on purpose", "", "| Raw column | Why |", "|---|---|"]
        lines += [f"| `{item.column}` | {in_a_cell(item.reason)} |" for item in place.left_out]
    return page(lines)


def first_paragraph(item: Any) -> str:
    """Return the first paragraph of a docstring, in one line."""
    return in_a_cell((inspect.getdoc(item) or "").split("\n\n")[0])


def in_a_cell(text: str) -> str:
    """Return text that stays within one line and one cell."""
    return " ".join(text.split()).replace("|", "\\|")


def page(lines: list[str]) -> str:
    """Return the lines as a page that says who wrote it."""
    return WRITTEN + "\n".join(lines).rstrip() + "\n"


def stale_pages() -> dict[Path, str]:
    """Return the pages whose file is missing or says something else."""
    return {
        path: text for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is stale")
    arguments = parser.parse_args()
    stale = stale_pages()
    for path, text in stale.items():
        print(f"{'stale' if arguments.check else 'written'}: {path.relative_to(HOME)}")
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale and arguments.check:
        print("What to do: `make docs`, look at what changed, commit it")
    return 1 if stale and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
