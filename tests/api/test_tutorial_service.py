"""Does the walk in docs/tutorial-service.md go as the page says, typed by bash and curl at a real service?

The commands and what they are to answer are the page's own; `…` in an answer stands for what differs each time.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import new_postgresql, opened
from valuation.adapters.sql_store.migration import upgrade

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial-service.md"
MARK = "=== block"
NEEDS_TOOLS = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="bash and curl are what the page is typed into"
)


@dataclass(frozen=True)
class Block:
    """What a reader types, and what the page says comes back."""

    typed: str
    answer: str


def blocks_of(page: Path) -> list[Block]:
    """Return the page's blocks in order; each has its answer below it, or none."""
    found = re.findall(
        r"^```bash\n(.*?)^```\n(?:\s*```text\n(.*?)^```\n)?", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return [Block(typed, answer) for typed, answer in found]


def fits(answer: str, told: str) -> bool:
    """Return whether what came back is what the page tells, where `…` stands for anything."""
    wanted = ".*".join(re.escape(part) for part in told.strip().split("…"))
    return re.fullmatch(wanted, answer.strip(), re.DOTALL) is not None


def typed(blocks: list[Block], folder: Path, run: Path, **settings: str) -> list[str]:
    """Type all blocks into one bash, in a folder that looks as the tutorial leaves it; what each answered."""
    (folder / "runs").mkdir()
    (folder / "runs" / "demo-3000-2000").symlink_to(run)
    (folder / ".venv").symlink_to(sys.prefix)
    given = {name: value for name, value in os.environ.items() if not name.startswith("VALUATION_")}
    script = "\n".join(f"echo '{MARK}'\n{block.typed}" for block in blocks)
    with started(script, folder, given | {"VALUATION_PORT": str(free_port())} | settings) as bash:
        out, _ = bash.communicate(timeout=300)
    return out.split(f"{MARK}\n")[1:]


@contextmanager
def started(script: str, folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A bash that has its own group, so that no service outlives a walk that fails."""
    bash = subprocess.Popen(
        ["bash", "-c", script], cwd=folder, env=environment, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        yield bash
    finally:
        with suppress(ProcessLookupError):
            os.killpg(bash.pid, signal.SIGKILL)
        bash.wait()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def walk(request, small_run, tmp_path_factory):
    """The blocks of the page, each with what it answered: on SQLite, then on PostgreSQL."""
    folder, blocks = tmp_path_factory.mktemp("walk"), blocks_of(PAGE)
    if request.param == "sqlite":
        return list(zip(blocks, typed(blocks, folder, small_run), strict=True))
    with new_postgresql() as url:
        with opened(url, is_made=False) as database:
            upgrade(database)
        return list(zip(blocks, typed(blocks, folder, small_run, VALUATION_DATABASE_URL=url), strict=True))


def answer_to(walk, command: str) -> str:
    """What the one block with a command answered."""
    [found] = [answer for block, answer in walk if command in block.typed]
    return found


@NEEDS_TOOLS
def test_each_block_answers_as_the_page_says(walk):
    assert [(block.typed, answer) for block, answer in walk if not fits(answer, block.answer)] == []


@NEEDS_TOOLS
def test_the_same_facts_give_the_released_value_and_others_another(walk):
    released = answer_to(walk, "dwellings.0.appraised_value").split()[-3]
    valued = answer_to(walk, "valuations.0.needs_review").split()[0]
    what_if = answer_to(walk, "what-if.json").strip()
    assert (valued, what_if.isdigit()) == (released, True)
    assert int(what_if) < int(valued)


@NEEDS_TOOLS
def test_the_record_is_whole_and_the_value_is_made_again_the_same(walk):
    proof = answer_to(walk, "valuation reproduce").splitlines()
    assert proof[0].startswith("whole: ")
    assert any(line.endswith(", same") for line in proof)
    assert "1 of 1 values are the same, with range, flags and explanation" in proof


@NEEDS_TOOLS
def test_every_step_of_the_case_stands_in_the_record_once(walk):
    done = answer_to(walk, "events.json").split()
    wanted = "reserve begin decide give_own_view approve register_complaint answer_argument decide_complaint"
    assert [action for action in done if action in wanted.split()] == wanted.split()


def test_a_page_that_says_something_else_is_found_out():
    assert fits("200 control 4\n", "200 control 4")
    assert fits("whole: 9 events up to 9:ab\n", "whole: … events up to …")
    assert not fits("409 own-view-first\n", "200 decided 6")
    assert not fits("", "200 …")
    assert not fits("curl: (7) Failed to connect", "")
