"""How do all stages follow each other in one process, for any jurisdiction file anywhere?

The output folder is written aside as ``OUT.partial`` and renamed when the last stage is done. A run that was killed
leaves the partial folder; the next one keeps each stage whose inputs, settings and code are unchanged and goes on from
there. A refused input leaves no output folder, only ``OUT.refused`` with what was wrong.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from valuation.appraisal.digest import sha256_of
from valuation.errors import InputRefused, Interrupted, Locked, ValuationError, WrongUse
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.made import LEDGER, carry_out, hashes
from valuation.pipeline.output_place import no_folder_at
from valuation.pipeline.params import Params
from valuation.pipeline.provenance import code_hash
from valuation.pipeline.stage import Progress, Say, Stage, Workplace
from valuation.pipeline.verdicts import VERDICTS

STAGE_NAMES = ("ingest", "screen", "adjust", "train", "conformalize", "evaluate", "explain", "revalue", "report")
_ATTEMPTS = 1_000
"""Times at most that a folder is made or looked up again before it is said what stands in the way. Two at work at once
need one or two; without an end, a folder that nobody can make would be tried for ever."""
_REFUSAL = "refusal.txt"
_REJECTED_ROWS = "rejected_rows.csv"


def stage_named(name: str) -> Stage:
    """Return a stage; its module is imported only now, so that the command line starts quickly."""
    return importlib.import_module(f"valuation.pipeline.{name}").STAGE


@dataclass(frozen=True)
class Run:
    """All stages of one jurisdiction into one folder."""

    jurisdiction: Jurisdiction
    params: Params
    raw: Path
    out: Path
    say: Say = field(default=lambda _: None)
    progress: Progress = field(default_factory=Progress)

    @property
    def partial(self) -> Path:
        """Where the run is written until it is whole."""
        return self.out.with_name(self.out.name + ".partial")

    @property
    def refused(self) -> Path:
        """Where it is written why the input was refused."""
        return refusal_folder(self.out)

    def __call__(self) -> Path:
        """Run what is not yet done, then put the folder in its place.

        Returns
        -------
        Path
            The finished output folder.

        Raises
        ------
        InputRefused
            For input that is not what the jurisdiction file says; `OUT.refused` tells why.
        Interrupted
            When stopped from the keyboard; the same command goes on from there.
        Locked
            When another run writes the same folder.
        """
        with self._working():
            for number, name in enumerate(STAGE_NAMES, start=1):
                self._do(stage_named(name), number)
            forget_refusal(self.out)
            self._put_in_place()
        return self.out

    def until(self, last: str) -> None:
        """Run the stages up to `last` in the partial folder and leave it there: the run itself goes on from there."""
        with self._working():
            for number, name in enumerate(STAGE_NAMES[: STAGE_NAMES.index(last) + 1], start=1):
                self._do(stage_named(name), number)

    @contextmanager
    def _working(self) -> Iterator[None]:
        """Hold the partial folder; say why when the work in it cannot be finished."""
        self._check_place()
        with locked(self.partial):
            _begin(self.partial)
            try:
                yield
            except InputRefused as refusal:
                self.say(keep_refusal(refusal, self.out))
                self._tidy()
                raise
            except (ValuationError, OSError):
                self._tidy()
                raise
            except KeyboardInterrupt as stop:
                raise Interrupted(
                    f"stopped; what is finished stands in {self.partial}", remedy="give the same command to go on"
                ) from stop

    def _check_place(self) -> None:
        for folder in (self.out, self.partial):
            if _is_filled(folder) and not (folder / LEDGER).exists():
                raise WrongUse(
                    f"{folder} exists and was not written by `valuation run`",
                    expected="a new folder, or one of an earlier run, which is replaced",
                    remedy="choose another --out",
                )
        raw = self.raw.resolve()
        for folder in (self.out, self.partial):
            if raw.is_relative_to(folder.resolve()):
                raise WrongUse(
                    f"the raw folder {self.raw} lies in {folder}, which is replaced",
                    expected="raw tables outside the output folder",
                    remedy="choose another --out",
                )

    def _do(self, stage: Stage, number: int) -> None:
        ledger = _read_ledger(self.partial)
        fingerprint = self._fingerprint(stage)
        known = ledger.get(stage.name, {})
        if known.get("fingerprint") == fingerprint and known.get("wrote") == hashes(
            self.partial, (*stage.writes, stage.record)
        ):
            self.say(f"{number}/{len(STAGE_NAMES)} {stage.name}: already done")
            return
        self.say(f"{number}/{len(STAGE_NAMES)} {stage.name}: {stage.question}")
        work = Workplace(self.jurisdiction, self.params, self.raw, self.partial, self.say, self.progress)
        ledger[stage.name] = {"fingerprint": fingerprint, "wrote": carry_out(stage, work)}
        _write_ledger(self.partial, ledger)

    def _fingerprint(self, stage: Stage) -> str:
        parts = {
            "stage": stage.name,
            "code": code_hash(),
            "params": self.params.model_dump(mode="json"),
            "jurisdiction": self.jurisdiction.model_dump_json(by_alias=True),
            "reads": hashes(self.partial, stage.reads),
            "raw": _raw_hashes(self.jurisdiction, self.raw) if stage.reads_raw else {},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _tidy(self) -> None:
        """Leave no folder behind in which no stage was finished."""
        if not _read_ledger(self.partial):
            shutil.rmtree(self.partial)

    def _put_in_place(self) -> None:
        if not self.out.exists():
            os.replace(self.partial, self.out)
            return
        old = self.out.with_name(f".{self.out.name}.{os.getpid()}.old")
        os.replace(self.out, old)
        os.replace(self.partial, self.out)
        shutil.rmtree(old)


def refusal_folder(out: Path) -> Path:
    """Return where it is written why the input of an output folder was refused."""
    return out.with_name(out.name + ".refused")


def keep_refusal(refusal: InputRefused, out: Path) -> str:
    """Write what was refused beside the output folder, and say where it stands."""
    forget_refusal(out)
    folder = refusal_folder(out)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _REFUSAL).write_text(f"{refusal}\n", "utf-8")
    if refusal.table is None:
        return f"refused; the reason stands in {folder / _REFUSAL}"
    refusal.table.to_csv(folder / _REJECTED_ROWS, index=False, lineterminator="\n")
    return f"refused; what was found, {len(refusal.table):,} rows, stands in {folder / _REJECTED_ROWS}"


def forget_refusal(out: Path) -> None:
    """Remove what an earlier refusal wrote, and nothing else: the folder may hold somebody's own files."""
    folder = refusal_folder(out)
    for name in (_REFUSAL, _REJECTED_ROWS):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`, made where it is not there, for this process; the lock goes with the process.

    A lock is on the folder itself, not on its name. Another run may put the folder in its place, or throw it away,
    between the moments at which this one opens it and holds it: then the name is looked up again.

    Raises
    ------
    Locked
        When another process holds it.
    WrongUse
        When no folder can be made there: says what stands in the way.
    """
    handle = _held(folder)
    try:
        yield
    finally:
        os.close(handle)


def _held(folder: Path) -> int:
    for _ in range(_ATTEMPTS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY)
        except (FileNotFoundError, FileExistsError):
            # Another put it in its place in between: `mkdir` found it there, and then not.
            continue
        except NotADirectoryError:
            break
        try:
            _lock(handle, folder)
            if _is_at(handle, folder):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    raise no_folder_at(folder)


def _is_at(handle: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), folder.stat())
    except FileNotFoundError:
        return False


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise Locked(
            f"another process is writing {folder}", expected="one writer at a time", remedy="wait for it to end"
        ) from busy


def _is_filled(place: Path) -> bool:
    """Whether there is anything but a ledger that was being written."""
    if place.is_dir():
        return any(not item.name.startswith(LEDGER) for item in place.iterdir())
    return place.exists()


def _begin(folder: Path) -> None:
    """Mark a locked folder as ours from its first moment, and remove what a killed process left half-written."""
    sweep(folder)
    if not (folder / LEDGER).exists():
        _write_ledger(folder, {})


def sweep(folder: Path) -> None:
    """Remove what a killed process had written aside (see `Workplace.written_aside`) in a locked folder."""
    for left in [item for item in folder.rglob(".*") if re.fullmatch(r"\..+\.\d+\.(aside|old)", item.name)]:
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink(missing_ok=True)


def need_inputs(stage: Stage, folder: Path) -> None:
    """Check that what a stage reads is there.

    Raises
    ------
    InputRefused
        Names the first file that is not there or not whole.
    """
    for name in stage.reads:
        if not (folder / name).exists():
            raise InputRefused(
                f"{folder / name} is not there",
                expected="the stage that writes it to have run",
                remedy="valuation run, or the stages in their order",
            )
        _check_is_whole(folder / name)


def _check_is_whole(path: Path) -> None:
    # A bundle proves itself by its hashes; the other tables and figures are looked at before work begins.
    try:
        if path.suffix == ".parquet":
            pq.read_metadata(path)
        elif path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
        elif path.is_dir() and path.name != "bundle":
            for inside in sorted(path.rglob("*.parquet")) + sorted(path.rglob("*.json")):
                _check_is_whole(inside)
    except ValueError as error:
        raise InputRefused(
            f"{path} is cut or damaged: {error}",
            expected="the file as its stage wrote it",
            remedy="run the stage that writes it again",
        ) from error


def _raw_hashes(jurisdiction: Jurisdiction, raw: Path) -> dict[str, str]:
    files = sorted({table.file for table in jurisdiction.tables.values()})
    # A verdict by a person changes which sales count.
    return {name: sha256_of(raw / name) for name in [*files, VERDICTS] if (raw / name).is_file()}


def _read_ledger(folder: Path) -> dict[str, dict]:
    try:
        return json.loads((folder / LEDGER).read_text("utf-8"))
    except (OSError, ValueError):
        # Half-written or absent: nothing counts as done, and the stages are run again.
        return {}


def _write_ledger(folder: Path, ledger: dict[str, dict]) -> None:
    aside = folder / f"{LEDGER}.aside"
    aside.write_text(json.dumps(ledger, indent=1, sort_keys=True), "utf-8")
    os.replace(aside, folder / LEDGER)
