"""Is this jurisdiction file right? If not, on which line, what was expected, and what should stand there?

All that is wrong is said at once, so that a file is mended in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from valuation.dwellings.characteristics import Characteristic, DataDictionary
from valuation.errors import JurisdictionRefused, WrongUse
from valuation.jurisdictions.consistency import inconsistencies
from valuation.jurisdictions.jurisdiction import Jurisdiction

Location = tuple[str | int, ...]
_MAX_DEPTH = 12
"""Levels of keys within keys; a jurisdiction file has six."""


class _Loader(yaml.SafeLoader):
    """YAML in which `on`, `no` and `yes` are words, as in YAML 1.2; only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True, order=True)
class Mistake:
    """Something wrong in a jurisdiction file."""

    line: int
    found: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the mistake in one sentence or three."""
        parts = [self.found]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.remedy:
            parts.append(self.remedy)
        return "; ".join(parts)


def read_jurisdiction(path: Path | str) -> Jurisdiction:
    """Read and check a jurisdiction file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    WrongUse
        When there is no such file.
    JurisdictionRefused
        With every mistake, its line, what was expected and what to do.
    """
    path = Path(path)
    text = _text_of(path)
    tree, content = _composed(text, path)
    mistakes = list(_doubled_keys(tree))
    mistakes += [
        Mistake(_line_at(tree, place), f"{'.'.join(map(str, place))}: {found}", expected, remedy)
        for place, found, expected, remedy in inconsistencies(content)
    ]
    jurisdiction: Jurisdiction | None = None
    try:
        jurisdiction = Jurisdiction.model_validate(content)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            # The model repeats, without a place, what `inconsistencies` says with one.
            if item["loc"] or not mistakes:
                mistakes.append(_mistake(item, tree))
    if mistakes or jurisdiction is None:
        raise _refusal(path, sorted(set(mistakes)))
    return jurisdiction


def _text_of(path: Path) -> str:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise WrongUse(
            f"{path} {what}",
            expected="a jurisdiction file such as data/jurisdictions/king_county.yaml",
            remedy="correct the path, or make one with `valuation jurisdiction draft SALES.csv`",
        )
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise JurisdictionRefused(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is not UTF-8",
            expected="text in UTF-8",
            remedy="save the file as UTF-8, or give the jurisdiction file and not a table",
        ) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise JurisdictionRefused(
            f"{path}:{line}: a zero byte; the file is no text",
            expected="YAML in UTF-8",
            remedy="give the jurisdiction file",
        )
    if not text.strip():
        raise JurisdictionRefused(
            f"{path}:1: the file is empty",
            expected="a jurisdiction file",
            remedy="make one with `valuation jurisdiction draft SALES.csv`",
        )
    return text


def _composed(text: str, path: Path) -> tuple[yaml.MappingNode, dict[str, Any]]:
    """Return the tree of nodes, which know their lines, and the plain content."""
    try:
        tree = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise JurisdictionRefused(
            f"{path}:{line}: no YAML: {error.problem or error.context}",
            expected="`key: value` lines",
            remedy="look for a missing colon, a tab or an unclosed bracket on this line or the one before",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise JurisdictionRefused(f"{path}:1: no YAML: {error}", expected="`key: value` lines") from error
    except RecursionError as error:
        raise JurisdictionRefused(
            f"{path}:1: lists or keys within one another without end", expected="a few levels", remedy="write it flatly"
        ) from error
    _check_depth(tree, path)
    if not isinstance(tree, yaml.MappingNode) or not isinstance(content, dict):
        raise JurisdictionRefused(
            f"{path}:1: the file holds a {type(content).__name__}",
            expected="`key: value` lines, `schema_version: 1` first",
            remedy="give the jurisdiction file, or compare it with a shipped one",
        )
    return tree, content


def _check_depth(tree: yaml.Node | None, path: Path) -> None:
    """Refuse nodes that hold themselves or lie deeper than any jurisdiction file does."""
    level = [tree] if tree is not None else []
    for _ in range(_MAX_DEPTH):
        inside = {id(node): node for parent in level for node in _nodes_inside(parent)}
        level = list(inside.values())
        if not level:
            return
    raise JurisdictionRefused(
        f"{path}:{level[0].start_mark.line + 1}: more than {_MAX_DEPTH} levels within one another",
        expected="a few levels",
        remedy="write it flatly, without anchors that hold themselves",
    )


def _nodes_inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _refusal(path: Path, mistakes: list[Mistake]) -> JurisdictionRefused:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [f"{path}:{item.line}: {item}" for item in mistakes]
    return JurisdictionRefused(
        f"{path} has {count}:\n" + "\n".join(lines),
        expected="a file as described in docs/reference/jurisdiction-file.md",
        remedy="correct the lines named above",
    )


# Where a mistake stands -------------------------------------------------------------------------------------------


def _line_at(tree: yaml.Node, location: Location) -> int:
    """Return the line of the deepest part of `location` that is there."""
    node, line = tree, tree.start_mark.line + 1
    for part in location:
        step = _child(node, part)
        if step is None:
            continue  # pydantic adds steps of its own, such as the branch of a union
        key, node = step
        line = (key or node).start_mark.line + 1
    return line


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None


def _doubled_keys(node: yaml.Node, place: str = "", seen: set[int] | None = None) -> Iterator[Mistake]:
    # YAML readers keep the last of two equal keys without a word. A node with several names is looked at once.
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in first:
                yield Mistake(
                    line,
                    f"{place}{name}: stands a second time (first on line {first[name]})",
                    "each key once",
                    "remove one of them",
                )
            first.setdefault(name, line)
            yield from _doubled_keys(value, f"{place}{name}.", seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _doubled_keys(value, f"{place}{number}.", seen)


# What is wrong ----------------------------------------------------------------------------------------------------


def _mistake(error: Any, tree: yaml.Node) -> Mistake:
    location: Location = tuple(error["loc"])
    place = ".".join(str(part) for part in location) or "the file"
    if error["type"] == "extra_forbidden":
        return _unknown_key(location, place, tree)
    if error["type"] == "missing":
        return Mistake(
            _line_at(tree, location[:-1]),
            f"{place}: is missing",
            f"the key `{location[-1]}`",
            f"add `{location[-1]}:` here",
        )
    if error["type"] == "value_error":
        location = _sharper(location, str(error["ctx"]["error"]))
        text = str(error["ctx"]["error"])
        return Mistake(_line_at(tree, location), text if place == "the file" else f"{place}: {text}")
    found = _shown(error["input"])
    remedy = "put the text in quotation marks" if error["type"] == "string_type" else ""
    return Mistake(_line_at(tree, location), f"{place}: found {found}", _expected(error), remedy)


def _sharper(location: Location, message: str) -> Location:
    """Follow a place named at the start of a message: `characteristics.view: ...`."""
    named = re.match(r"^([a-z0-9_.]+):", message)
    return (*location, *named[1].split(".")) if named else (*location, *_first_word(message))


def _first_word(message: str) -> tuple[str, ...]:
    word = message.split(" ", 1)[0]
    return (word,) if re.fullmatch(r"[a-z_]+", word) else ()


def _unknown_key(location: Location, place: str, tree: yaml.Node) -> Mistake:
    known = _known_keys(location[:-1])
    key = str(location[-1])
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    remedy = f"did you mean `{near[0]}`?" if near else "remove it or correct it"
    return Mistake(_line_at(tree, location), f"{place}: unknown key", f"one of {', '.join(known)}", remedy)


def _known_keys(location: Location) -> list[str]:
    """Return the keys that may stand at a place of the file."""
    model: Any = Jurisdiction
    for part in location:
        model = _model_inside(model, str(part))
        if model is None:
            return []
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _model_inside(model: Any, part: str) -> Any:
    """Return the model reached from `model` by a key, an index or a step pydantic adds."""
    if model is DataDictionary:
        return Characteristic
    if isinstance(model, type) and issubclass(model, BaseModel):
        field = next((item for name, item in model.model_fields.items() if part in (name, item.alias)), None)
        return None if field is None else field.annotation
    arguments = [item for item in get_args(model) if item is not type(None)]
    models = [item for item in arguments if isinstance(item, type) and issubclass(item, BaseModel)]
    if not models:
        return next((item for item in arguments if get_args(item)), None)
    if any(part in (name, field.alias) for name, field in models[0].model_fields.items()):
        return _model_inside(models[0], part)
    return models[0]


def _expected(error: Any) -> str:
    """Say in plain words what pydantic asks for."""
    context = error.get("ctx", {})
    words = {
        "string_type": "text",
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "float_type": "a number",
        "float_parsing": "a number",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "date_from_datetime_parsing": "a date such as 2026-01-01",
        "date_type": "a date such as 2026-01-01",
        "date_parsing": "a date such as 2026-01-01",
        "dict_type": "keys with values",
        "model_type": "keys with values",
        "model_attributes_type": "keys with values",
        "tuple_type": "a list such as [1, 2]",
        "decimal_parsing": "a number",
        "decimal_type": "a number",
    }
    if error["type"] in words:
        return words[error["type"]]
    if error["type"] == "literal_error":
        return f"one of {context['expected']}"
    if error["type"] == "string_pattern_mismatch":
        return f"text like {context['pattern']}"
    return str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
