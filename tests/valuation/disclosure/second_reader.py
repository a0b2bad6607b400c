"""A second implementation of the addresses on a card: made from their description, not from the code writing them."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd


class DataElements(HTMLParser):
    """Collects every `data` element of a page, and the text outside of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.outside: list[str] = []
        self._attributes: dict[str, str] | None = None
        self._shown = ""
        self._is_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"
        if tag == "data":
            self._attributes = {name: value or "" for name, value in attrs}
            self._shown = ""

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False
        if tag == "data":
            assert self._attributes is not None
            self.found.append((self._attributes["value"], self._attributes["data-source"], self._shown))
            self._attributes = None

    def handle_data(self, data: str) -> None:
        if self._attributes is not None:
            self._shown += data
        elif not self._is_style:
            self.outside.append(data)


def looked_up(run: Path, source: str) -> Any:
    """Return what stands at an address of a run folder."""
    name, _, place = source.partition("#")
    if name.endswith(".json"):
        return _in_json(run / name, place)
    name, _, asked = name.partition("?")
    rows = _chosen(run / name, asked)
    place = unquote(place)
    if place == "count()":
        return len(rows)
    share = re.fullmatch(r"missing_share\((.*)\)", place)
    if share is not None:
        return float(rows[share[1]].isna().mean())
    cells = rows[place].astype(str).unique()
    assert len(cells) == 1, (source, cells)
    return rows[place].iloc[0]


def _in_json(path: Path, pointer: str) -> Any:
    found = _json(path)
    for step in pointer.removeprefix("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


@cache
def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@cache
def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False) if path.suffix == ".csv" else pd.read_parquet(path)


def _chosen(path: Path, asked: str) -> pd.DataFrame:
    table = _table(path)
    for condition in filter(None, asked.split("&")):
        column, sign, wanted = re.fullmatch(r"([^=~]*)([=~])(.*)", condition).groups()
        column, wanted = unquote(column), unquote(wanted)
        cells = _as_text(path, column)[table.index]
        holds = [wanted in cell.split("|") for cell in cells] if sign == "~" else cells == wanted.lower()
        table = table[holds]
    return table


@cache
def _as_text(path: Path, column: str) -> pd.Series:
    return _table(path)[column].astype(str).str.lower()


def is_same(found: Any, written: str) -> bool:
    """Return whether the value on the page is that of the file, to the last digit."""
    try:
        return float(found) == float(written)
    except (TypeError, ValueError):
        return str(found) == written


def is_shown_as(value: str, shown: str) -> bool:
    """Return whether what people read is the value, rounded, as it stands or in percent."""
    plain = shown.replace(",", "").replace("−", "-").replace("\u00a0", "")
    try:
        exact, read = float(value), float(plain)
    except ValueError:
        return True
    half = 0.5 * 10.0 ** -len(plain.partition(".")[2]) * 1.000001
    return abs(exact - read) <= half or abs(100 * exact - read) <= half
