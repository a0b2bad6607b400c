"""A run is whole, refused, or can be gone on with: never half."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from valuation.appraisal.revaluation import values_digest
from valuation.errors import InputRefused, Locked, WrongUse
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.run import STAGE_NAMES, Run, locked, stage_named, sweep
from valuation.pipeline.stage import Workplace


@pytest.fixture
def make_run(small_raw, trondheim, quick_params, tmp_path):
    def make(raw=small_raw, say=lambda _: None):
        return Run(read_jurisdiction(trondheim), quick_params, raw, tmp_path / "out", say)

    return make


def test_each_stage_reads_only_what_an_earlier_one_writes():
    written = set()
    unwritten = []
    for stage in map(stage_named, STAGE_NAMES):
        unwritten += [(stage.name, name) for name in stage.reads if not any(_covers(other, name) for other in written)]
        written.update(stage.writes)
    assert unwritten == []


def _covers(written: str, name: str) -> bool:
    return name == written or name.startswith(written + "/")


def test_a_finished_run_has_all_that_its_stages_promise(small_run):
    promised = [name for stage in map(stage_named, STAGE_NAMES) for name in stage.writes]
    assert [name for name in promised if not (small_run / name).exists()] == []


def test_a_finished_run_leaves_nothing_aside(small_run):
    assert [path for path in small_run.rglob("*") if path.name.endswith((".aside", ".old"))] == []
    assert sorted(path.name for path in small_run.parent.iterdir()) == [small_run.name]


def test_a_second_run_says_the_same(small_run, make_run):
    again = make_run()()
    first, second = (pd.read_parquet(folder / "values.parquet") for folder in (small_run, again))
    assert values_digest(first) == values_digest(second)
    manifests = [(folder / "bundle" / "manifest.json").read_bytes() for folder in (small_run, again)]
    assert manifests[0] == manifests[1]


def test_a_run_goes_on_after_the_stage_that_was_finished(small_run, make_run):
    run = make_run()
    shutil.copytree(small_run, run.partial)
    (run.partial / "values.parquet").unlink()
    told = []
    make_run(say=told.append)()
    done = [line.split(":")[0].split()[-1] for line in told if line.endswith("already done")]
    assert done == [name for name in STAGE_NAMES if name != "revalue"]
    assert (run.out / "values.parquet").exists()
    assert not run.partial.exists()


def test_a_half_written_ledger_means_that_nothing_is_done(small_run, make_run):
    run = make_run()
    shutil.copytree(small_run, run.partial)
    ledger = run.partial / ".stages.json"
    ledger.write_text(ledger.read_text("utf-8")[:50], "utf-8")
    told = []
    make_run(say=told.append).until("ingest")
    assert [line for line in told if line.endswith("already done")] == []


def test_a_changed_file_means_that_its_stage_is_done_again(small_run, make_run):
    run = make_run()
    shutil.copytree(small_run, run.partial)
    (run.partial / "screen" / "summary.csv").write_text("code\n", "utf-8")
    told = []
    make_run(say=told.append).until("screen")
    assert [line.endswith("already done") for line in told if line[1:3] == "/9"] == [True, False]


def test_a_refused_input_leaves_no_output_and_says_why(small_raw, make_run, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    table = next(iter(read_jurisdiction(Path("data/jurisdictions/trondheim.yaml")).tables.values()))
    (raw / table.file).write_bytes(b"")
    run = make_run(raw=raw)
    with pytest.raises(InputRefused, match="empty"):
        run()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.refused", "raw"]
    assert table.file in (run.refused / "refusal.txt").read_text("utf-8")


def test_a_folder_that_is_not_ours_is_left_alone(make_run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(WrongUse, match="was not written by"):
        make_run()()
    assert (tmp_path / "out" / "thesis.txt").read_text("utf-8") == "years of work"


def test_files_of_others_beside_the_output_are_left_alone(small_raw, make_run, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(small_raw, raw)
    next(raw.glob("*.csv")).write_bytes(b"")
    (tmp_path / "out.refused").mkdir()
    (tmp_path / "out.refused" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(InputRefused):
        make_run(raw=raw)()
    assert sorted(path.name for path in (tmp_path / "out.refused").iterdir()) == ["refusal.txt", "thesis.txt"]
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(WrongUse, match="was not written by"):
        make_run(raw=raw)()
    assert (tmp_path / "out.partial" / "thesis.txt").exists()


def test_raw_tables_within_the_folder_that_is_replaced_are_kept(small_run, small_raw, make_run, tmp_path):
    shutil.copytree(small_run, tmp_path / "out")
    shutil.copytree(small_raw, tmp_path / "out" / "raw")
    with pytest.raises(WrongUse, match="which is replaced"):
        make_run(raw=tmp_path / "out" / "raw")()
    assert len(list((tmp_path / "out" / "raw").glob("*.csv"))) > 1


def test_what_a_killed_process_wrote_aside_is_swept_away(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / ".models.123.aside").mkdir()
    (tmp_path / "train" / ".models.123.aside" / "half.txt").write_text("half", "utf-8")
    (tmp_path / ".values.parquet.123.aside").write_text("half", "utf-8")
    (tmp_path / ".values.parts").mkdir()
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == [".values.parts", "train"]


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_says_how_to_go_on(small_raw, trondheim, quick_params_file, tmp_path, asked):
    command = [sys.executable, "-m", "valuation", "run", str(trondheim), "--raw", str(small_raw), "--no-track"]
    command += ["--out", str(tmp_path / "out"), "--params", str(quick_params_file)]
    # A shell starts what it puts into the background deaf to ^C, and the deafness is handed down.
    heard = lambda: signal.signal(asked, signal.SIG_DFL)  # noqa: E731
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    told = iter(run.stderr.readline, "")
    assert any("2/9 screen" in line for line in told)
    run.send_signal(asked)
    rest = "".join(told)
    run.stderr.close()
    assert run.wait() == 5
    assert "give the same command to go on" in rest
    assert "Traceback" not in rest


def test_two_runs_into_one_folder_at_once_are_one_run(make_run):
    run = make_run()
    run.partial.mkdir()
    with locked(run.partial), pytest.raises(Locked, match="another process"):
        run()


def test_a_run_that_ends_while_another_waits_for_its_folder_gives_the_name_not_the_folder(tmp_path):
    # The lock is on the folder; once that is in its place under another name, its lock is not one on the partial run.
    partial, out = tmp_path / "out.partial", tmp_path / "out"
    with locked(partial):
        partial.rename(out)
        with locked(partial):
            assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.partial"]


def test_a_folder_that_cannot_be_made_is_given_up_and_what_stands_in_the_way_is_named(tmp_path):
    (tmp_path / "out.partial").symlink_to("gone")
    with (
        pytest.raises(WrongUse, match=r"out\.partial is a link to gone, which is not there"),
        locked(tmp_path / "out.partial"),
    ):
        pass


def test_many_that_start_and_end_at_once_never_hold_one_folder_together(tmp_path):
    """Each process takes the folder, writes its mark, and puts the folder in its place with that mark alone."""
    program = (
        "import os, sys; from pathlib import Path\n"
        "from valuation.errors import Locked; from valuation.pipeline.run import locked\n"
        "partial, me, done = Path(sys.argv[1]), sys.argv[2], 0\n"
        "while done < 40:\n"
        "    try:\n"
        "        with locked(partial):\n"
        "            (partial / me).touch()\n"
        "            assert os.listdir(partial) == [me], os.listdir(partial)\n"
        "            partial.rename(partial.with_name(f'{me}-{done}'))\n"
        "            done += 1\n"
        "    except Locked: pass\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "out.partial")]
    workers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("a", "b", "c")]
    said = [worker.communicate()[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], said
    assert len(list(tmp_path.iterdir())) == 120


def test_a_lock_goes_with_its_process(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from valuation.pipeline.run import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with locked(tmp_path):
        assert True


def killed_at(stage, command):
    """Start a run, kill it a moment after it has begun `stage`, and return what it had said."""
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    told = list(itertools.takewhile(lambda line: f"/9 {stage}: " not in line, iter(run.stderr.readline, "")))
    time.sleep(0.2)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    return told


def bytes_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.statistical
def test_a_run_killed_in_each_of_its_stages_ends_with_the_bytes_of_one_that_was_not(
    small_run, small_raw, trondheim, quick_params_file, tmp_path
):
    command = [sys.executable, "-m", "valuation", "run", str(trondheim), "--raw", str(small_raw), "--no-track"]
    command += ["--out", str(tmp_path / "out"), "--params", str(quick_params_file)]
    told = [killed_at(stage, command) for stage in STAGE_NAMES]
    assert not (tmp_path / "out").exists()
    last = subprocess.run(command, capture_output=True, text=True, check=True)
    # What was finished when it was killed is not done again; the stage it was killed in may just have been.
    finished = [sum("already done" in line for line in lines) for lines in told]
    assert [place for place, n in enumerate(finished) if not place - 1 <= n <= place] == []
    assert "revalue: already done" in last.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    everything, undisturbed = bytes_of(tmp_path / "out"), bytes_of(small_run)
    # The command writes the model card too, which no stage does.
    whole = {name: content for name, content in everything.items() if not name.startswith("card/")}
    assert len(whole) < len(everything)
    assert sorted(whole) == sorted(undisturbed)
    assert [name for name in whole if whole[name] != undisturbed[name]] == []


def test_a_file_is_whole_or_not_there(small_run, trondheim, quick_params, tmp_path):
    work = Workplace(read_jurisdiction(trondheim), quick_params, tmp_path, tmp_path)
    with pytest.raises(ZeroDivisionError), work.written_aside("report/index.html") as path:
        path.write_text("half", "utf-8")
        raise ZeroDivisionError
    assert list((tmp_path / "report").iterdir()) == []


@contextmanager
def full_disk():
    """No file may grow beyond a kilobyte: as on a full disk, a write fails in the middle.

    Within the test only: pytest itself may be writing its report to a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_table_that_cannot_be_written_is_named_and_leaves_nothing(trondheim, quick_params, tmp_path):
    work = Workplace(read_jurisdiction(trondheim), quick_params, tmp_path, tmp_path)
    table = pd.DataFrame({"id": [f"dwelling {number * 7919 % 10007}" for number in range(5000)]})
    with full_disk(), pytest.raises(OSError, match="File too large") as failed:
        work.write_table(table, "sales.parquet")
    assert failed.value.filename == str(tmp_path / "sales.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_of_an_earlier_stage_is_named(trondheim, quick_params, tmp_path):
    work = Workplace(read_jurisdiction(trondheim), quick_params, tmp_path, tmp_path)
    with pytest.raises(InputRefused, match=r"sales\.parquet is not there"):
        work.read_table("sales.parquet")
