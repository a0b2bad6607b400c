"""What every registry of versions keeps, the one in memory and each that lasts."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import MemoryRegistry
from valuation.adapters.file_registry import FileRegistry
from valuation.adapters.registries import registry_at, registry_of_commands
from valuation.errors import Locked, RecordRefused, WrongUse
from valuation.models.registry import Entry, ModelRegistry, before_champion, candidate, champion, was_live

# MLflow's own calls into libraries it has not caught up with are not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")


def entry(action="register", version="a" * 12, jurisdiction="town", replaces=""):
    return Entry(
        jurisdiction=jurisdiction,
        action=action,
        model_version=version,
        replaces=replaces,
        run_folder="runs/town",
        manifest_sha256="0" * 64,
        at="2026-11-23T10:00:00Z",
        by="Per",
        reason="",
        second="",
        gates_sha256="1" * 64,
    )


def mlflow_registry(folder: Path) -> ModelRegistry:
    pytest.importorskip("mlflow", reason="the extra `tracking` is not installed")
    from valuation.adapters.mlflow_registry import MlflowRegistry

    return MlflowRegistry(f"sqlite:///{(folder / 'mlflow.db').as_posix()}", folder / "mlruns")


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory) -> Path:
    # MLflow makes a new store in seconds: one for all tests, and a jurisdiction of its own for each.
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(params=["memory", "file", "mlflow"])
def registry(request, tmp_path) -> ModelRegistry:
    if request.param == "memory":
        return MemoryRegistry()
    if request.param == "file":
        return FileRegistry(tmp_path / "registry")
    return mlflow_registry(request.getfixturevalue("mlflow_store"))


@pytest.fixture
def town(request) -> str:
    return "town_" + "".join(letter for letter in request.node.name.lower() if letter.isalpha())


def filled(registry: ModelRegistry, town: str, *steps: tuple[str, str]) -> None:
    for place, (action, version) in enumerate(steps):
        registry.append(entry(action, version * 12, town), after=place)


def test_an_empty_registry_knows_no_version(registry, town):
    assert registry.record(town) == ()
    assert registry.aliases(town) == {}
    assert town not in registry.jurisdictions()


def test_what_was_added_is_read_again_in_order_and_whole(registry, town):
    filled(registry, town, ("register", "a"), ("promote", "a"))
    first, second = registry.record(town)
    assert (first.number, second.number) == (1, 2)
    assert second.previous_sha256 == first.sha256
    assert replace(second, number=0, previous_sha256="", sha256="") == entry("promote", "a" * 12, town)
    assert town in registry.jurisdictions()


def test_registering_makes_a_candidate_and_promoting_a_champion(registry, town):
    filled(registry, town, ("register", "a"), ("promote", "a"), ("register", "b"))
    assert registry.aliases(town) == {"candidate": "b" * 12, "champion": "a" * 12}
    registry.append(entry("promote by hand", "b" * 12, town), after=3)
    assert registry.aliases(town) == {"candidate": "b" * 12, "champion": "b" * 12}


def test_going_back_makes_the_earlier_version_live_and_adds_to_the_record(registry, town):
    filled(registry, town, ("register", "a"), ("promote", "a"), ("register", "b"), ("promote", "b"), ("roll back", "a"))
    assert registry.aliases(town)["champion"] == "a" * 12
    assert len(registry.record(town)) == 5
    assert before_champion(registry.record(town)) is None


def test_an_entry_behind_a_number_that_is_taken_is_refused_and_nothing_is_added(registry, town):
    filled(registry, town, ("register", "a"))
    with pytest.raises(Locked, match=r"(?i)somebody else"):
        registry.append(entry("promote", "a" * 12, town), after=0)
    assert len(registry.record(town)) == 1


def test_jurisdictions_have_records_of_their_own(registry, town):
    filled(registry, town, ("register", "a"), ("promote", "a"))
    other = town + "_two"
    registry.append(entry("register", "b" * 12, other), after=0)
    assert registry.aliases(town)["champion"] == "a" * 12
    assert registry.aliases(other) == {"candidate": "b" * 12}


def test_words_of_people_are_kept_to_the_letter(registry, town):
    said = replace(entry(jurisdiction=town), reason='Ny takst for Ås; "sone 3" er rettet\n=1+1 <b>', by="Åse Nærøy")
    registry.append(said, after=0)
    assert registry.record(town)[0].reason == said.reason
    assert registry.record(town)[0].by == said.by


def test_of_four_who_add_at_once_one_is_first(registry, town):
    if isinstance(registry, MemoryRegistry):
        pytest.skip("one process, one thread")
    outcomes: list[str] = []

    def add(version: str) -> None:
        try:
            registry.append(entry("register", version * 12, town), after=0)
            outcomes.append("added")
        except Locked:
            outcomes.append("told")

    threads = [threading.Thread(target=add, args=(version,)) for version in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "told", "told", "told"]
    assert len(registry.record(town)) == 1


# --- the rules of the record, whatever keeps it --------------------------------------------------------------------


def test_one_goes_back_step_by_step_and_to_a_version_by_name():
    registry = MemoryRegistry()
    filled(registry, "town", *(("promote", version) for version in "abc"))
    record = registry.record("town")
    assert champion(record).model_version == "c" * 12
    assert before_champion(record).model_version == "b" * 12
    assert was_live(record, "a" * 12).model_version == "a" * 12
    registry.append(entry("roll back", "a" * 12), after=3)
    assert before_champion(registry.record("town")) is None
    assert candidate(registry.record("town")) is None


@pytest.mark.parametrize("version", ["c", "x"])
def test_one_cannot_go_back_to_the_live_version_or_to_one_that_never_was(version):
    registry = MemoryRegistry()
    filled(registry, "town", *(("promote", name) for name in "abc"))
    with pytest.raises(WrongUse, match="no version to go back to"):
        was_live(registry.record("town"), version * 12)


def test_a_step_back_to_nothing_is_no_record():
    registry = MemoryRegistry()
    filled(registry, "town", ("promote", "a"), ("roll back", "b"))
    with pytest.raises(RecordRefused, match="leads back to nothing"):
        champion(registry.record("town"))


# --- faults of the folder ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    filled(FileRegistry(tmp_path), "town", ("register", "a"), ("promote", "a"), ("register", "b"))
    return tmp_path / "town"


def test_a_changed_entry_is_named(folder):
    path = folder / "000002.json"
    path.write_text(path.read_text("utf-8").replace('"Per"', '"Pål"'), "utf-8")
    with pytest.raises(RecordRefused, match="entry 2 of the record of town was changed"):
        FileRegistry(folder.parent).record("town")


def test_a_missing_entry_is_named(folder):
    (folder / "000002.json").unlink()
    with pytest.raises(RecordRefused, match="entry 2 of the record of town bears the number 3"):
        FileRegistry(folder.parent).record("town")


@pytest.mark.parametrize("content", [b"", b'{"action": "register"', b"[]", b"\xff\xfe", b'{"action": "destroy"}'])
def test_an_entry_that_is_none_is_refused(folder, content):
    (folder / "000003.json").write_bytes(content)
    with pytest.raises(RecordRefused):
        FileRegistry(folder.parent).record("town")


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path):
    with pytest.raises(WrongUse, match="no name of a jurisdiction"):
        FileRegistry(tmp_path / "registry").record("../town")


def test_what_a_killed_writer_left_aside_is_no_entry(folder):
    (folder / ".000004.123.aside").write_text("{", "utf-8")
    assert len(FileRegistry(folder.parent).record("town")) == 3


def test_a_writer_killed_before_the_link_leaves_the_old_champion(tmp_path):
    filled(FileRegistry(tmp_path), "town", ("register", "a"), ("promote", "a"))
    program = (
        "import os, pathlib, sys\n"
        "from tests.contracts.test_model_registry import entry\n"
        "from valuation.adapters.file_registry import FileRegistry\n"
        "os.link = lambda *_: os.kill(os.getpid(), 9)\n"
        "FileRegistry(pathlib.Path(sys.argv[1])).append(entry('promote', 'b' * 12), after=2)\n"
    )
    home = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=home, env=os.environ, check=False)
    assert ended.returncode == -9
    assert FileRegistry(tmp_path).aliases("town") == {"candidate": "a" * 12, "champion": "a" * 12}


# --- faults of MLflow's store --------------------------------------------------------------------------------------


def test_a_tag_changed_in_the_store_is_seen(mlflow_store):
    registry = mlflow_registry(mlflow_store)
    filled(registry, "changed_town", ("register", "a"), ("promote", "a"))
    with sqlite3.connect(mlflow_store / "mlflow.db") as store:
        store.execute(
            "update registered_model_tags set value = replace(value, 'Per', 'Eva') "
            "where name = 'changed_town' and key = 'record.000002'"
        )
    store.close()
    with pytest.raises(RecordRefused, match="entry 2 of the record of changed_town was changed"):
        registry.record("changed_town")


def test_an_alias_moved_by_hand_is_put_back_to_what_the_record_says(mlflow_store):
    registry = mlflow_registry(mlflow_store)
    filled(registry, "moved_town", ("register", "a"), ("promote", "a"), ("register", "b"))
    newer = registry._version_of(entry(version="b" * 12, jurisdiction="moved_town"))
    registry._client.set_registered_model_alias("moved_town", "champion", newer)
    assert registry.aliases("moved_town") == {"candidate": "b" * 12, "champion": "a" * 12}


def test_an_entry_as_json_is_read_as_the_same_entry():
    assert Entry.from_json(entry().as_json(), "here") == entry()
    assert json.loads(entry().as_json())["by"] == "Per"


def test_mlflow_follows_the_record_that_decides_and_adds_nothing_to_its_own(mlflow_store, tmp_path):
    told, decides = mlflow_registry(mlflow_store), FileRegistry(tmp_path / "registry")
    decides.append(entry("register", "a" * 12, "followed"), after=0)
    decides.append(entry("promote", "a" * 12, "followed"), after=1)
    decides.append(entry("register", "b" * 12, "followed"), after=2)
    told.follow(decides, "followed")
    assert told._shown("followed") == decides.aliases("followed") == {"candidate": "b" * 12, "champion": "a" * 12}
    assert told.record("followed") == ()


def test_the_registry_is_one_folder_unless_somebody_says_otherwise(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VALUATION_REGISTRY", raising=False)
    monkeypatch.setenv("VALUATION_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert str(registry_at()) == str(registry_of_commands()) == "the folder registry"
    monkeypatch.setenv("VALUATION_REGISTRY", "elsewhere")
    assert str(registry_at()) == str(registry_of_commands()) == "the folder elsewhere"


def test_a_store_of_the_checkout_is_not_seen_by_tests():
    pytest.importorskip("mlflow", reason="the extra `tracking` is not installed")
    from valuation.adapters.mlflow_tracking import artefact_folder, tracking_uri

    assert not artefact_folder().is_relative_to(Path.cwd())
    assert tracking_uri() == f"sqlite:///{(artefact_folder() / 'mlflow.db').as_posix()}"


def test_a_record_that_mlflow_holds_is_not_left_behind_unsaid(monkeypatch, mlflow_store, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VALUATION_REGISTRY", raising=False)
    monkeypatch.setenv("VALUATION_TRACKING_URI", f"sqlite:///{(mlflow_store / 'mlflow.db').as_posix()}")
    monkeypatch.setenv("VALUATION_ARTEFACTS", str(tmp_path / "mlruns"))
    mlflow_registry(mlflow_store).append(entry(jurisdiction="left"), after=0)
    with pytest.raises(WrongUse, match="MLflow holds the record"):
        registry_of_commands()
    assert str(registry_of_commands("registry")) == "the folder registry"
