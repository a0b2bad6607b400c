"""What does `valuation` answer to these words? Its `main`, with what it printed and the code it ended with.

`asked` calls it in this process: the same words, sentences and exit codes, without the two seconds a process needs
to import what the others have imported. `asked_in_a_process` types the words at a process of its own, for what only
that shows: that the program starts, and what it does where it alone has been imported.
"""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from valuation.command_line.main import app, main


@dataclass(frozen=True)
class Answer:
    """What came back."""

    returncode: int
    stdout: str
    stderr: str


def asked(*words: object, cwd: Path | str = ".") -> Answer:
    """Return what `valuation` answers in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    commands, heard = list(app.registered_commands), signal.getsignal(signal.SIGTERM)
    try:
        with pytest.MonkeyPatch.context() as given, redirect_stdout(out), redirect_stderr(err), chdir(cwd):
            given.setattr(sys, "argv", ["valuation", *map(str, words)])
            main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        # As the program found them: it is begun once in a process elsewhere.
        app.registered_commands[:] = commands
        signal.signal(signal.SIGTERM, heard)
    return Answer(code, out.getvalue(), err.getvalue())


def asked_in_a_process(*words: object, cwd: Path | str | None = None) -> Answer:
    """Return what `valuation` answers in a process of its own."""
    command = [sys.executable, "-m", "valuation", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)
