"""A version goes live through the gates or by two people, once, whole, and on record; and is left the same way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.fakes import MemoryRegistry
from tests.valuation.release.conftest import LENIENT
from valuation.adapters.file_registry import FileRegistry
from valuation.command_line.main import app
from valuation.errors import BundleRefused, GateNotPassed, InputRefused, Locked, WrongUse
from valuation.models.registry import champion, folder_of
from valuation.release import same_values
from valuation.release.catalogue import GATES, Judged
from valuation.release.decision import Decision, checked_decision, checked_reason
from valuation.release.gate import Evidence
from valuation.release.page import checks_table, page
from valuation.release.pages import gate_pages
from valuation.release.promotion import champion_folder, promote, roll_back
from valuation.release.verdict import judge

REASON = "The 2 areas by the fjord were looked at sale by sale, and their prices follow the values"
HOME = Path(__file__).parents[3]


@pytest.fixture
def registry(tmp_path) -> FileRegistry:
    return FileRegistry(tmp_path / "registry")


@pytest.fixture
def decision() -> Decision:
    return checked_decision("Ola Nordmann", REASON, "Kari Nordmann")


@pytest.fixture(scope="module")
def live(small_run, tmp_path_factory):
    """A registry in which the small run is live."""
    registry = FileRegistry(tmp_path_factory.mktemp("live") / "registry")
    promote(judge(small_run, registry, LENIENT), registry, by="Per")
    return registry


@pytest.fixture
def live_copy(live, tmp_path) -> FileRegistry:
    return FileRegistry(shutil.copytree(live.folder, tmp_path / "registry"))


@pytest.fixture(scope="module")
def narrow_verdict(narrow_run, live):
    return judge(narrow_run, live, LENIENT)


def test_a_version_that_passes_goes_live_with_its_run_kept(live, small_run, small_version):
    entry = champion(live.record("trondheim"))
    assert entry.action == "promote"
    assert entry.model_version == small_version.model_version
    assert entry.by == "Per"
    kept = champion_folder(live, "trondheim")
    assert kept != small_run
    assert (kept / "values.parquet").read_bytes() == (small_run / "values.parquet").read_bytes()
    assert live.aliases("trondheim") == {"candidate": entry.model_version, "champion": entry.model_version}


def test_ranges_made_a_fifth_narrower_in_the_model_are_refused_with_number_and_limit(narrow_verdict, live):
    refused = {(one.gate.code, check.measure) for one, check in narrow_verdict.refused}
    assert ("coverage", "coverage, valid sales (90% promised)") in refused
    assert {code for code, _ in refused} == {"coverage", "group-coverage"}
    with pytest.raises(
        GateNotPassed, match=r"coverage: coverage, valid sales \(90% promised\): 0\.\d+, limit: \d\d\.\d%"
    ):
        promote(narrow_verdict, live, by="Per")
    assert len(live.record("trondheim")) == 2


def test_two_people_can_decide_against_a_gate_and_the_record_says_so(narrow_verdict, live_copy, decision):
    entry, is_new = promote(narrow_verdict, live_copy, by="Per", decision=decision)
    assert is_new
    assert (entry.action, entry.by, entry.second, entry.reason) == (
        "promote by hand",
        "Ola Nordmann",
        "Kari Nordmann",
        REASON,
    )
    assert entry.gates_sha256 == narrow_verdict.sha256


def test_going_back_is_one_entry_more_and_the_earlier_version_is_live(
    narrow_verdict, live_copy, decision, small_version
):
    promote(narrow_verdict, live_copy, by="Per", decision=decision)
    before = len(live_copy.record("trondheim"))
    entry = roll_back("trondheim", live_copy, decision)
    assert entry.action == "roll back"
    assert live_copy.aliases("trondheim")["champion"] == small_version.model_version
    assert len(live_copy.record("trondheim")) == before + 1
    with pytest.raises(WrongUse, match=r"no version to go back to|first version"):
        roll_back("trondheim", live_copy, decision)


def test_one_cannot_go_back_to_a_version_of_which_a_byte_was_changed(narrow_verdict, live_copy, decision):
    first = champion_folder(live_copy, "trondheim")
    promote(narrow_verdict, live_copy, by="Per", decision=decision)
    path = first / "bundle" / "intervals" / "intervals.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BundleRefused, match=r"intervals/intervals\.json: changed"):
        roll_back("trondheim", live_copy, decision)
    assert live_copy.aliases("trondheim")["champion"] == narrow_verdict.version.model_version


def test_nothing_is_live_in_a_jurisdiction_nobody_promoted(registry, decision):
    with pytest.raises(WrongUse, match="no version of 'nowhere' is live"):
        roll_back("nowhere", registry, decision)


def test_the_same_version_twice_adds_nothing_to_the_record(live_copy, small_run):
    before = live_copy.record("trondheim")
    entry, is_new = promote(judge(small_run, live_copy, LENIENT), live_copy, by="Per")
    assert not is_new
    assert entry == before[-1]
    assert live_copy.record("trondheim") == before


def test_a_changed_byte_of_the_bundle_is_refused_before_any_gate(run_copy, registry):
    path = next(iter(sorted((run_copy / "bundle").rglob("*.txt"))))
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleRefused, match="changed since it was written"):
        judge(run_copy, registry, LENIENT)


def test_a_byte_changed_while_the_gates_worked_is_refused_and_nothing_is_live(run_copy, registry):
    verdict = judge(run_copy, registry, LENIENT)
    path = run_copy / "bundle" / "params.json"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(BundleRefused, match=r"params\.json: changed"):
        promote(verdict, registry, by="Per")
    assert registry.record("trondheim") == ()
    assert list(registry.archive("trondheim").iterdir()) == []


def test_values_changed_by_hand_are_refused(run_copy, registry):
    table = pd.read_parquet(run_copy / "values.parquet")
    table.assign(appraised_value=table["appraised_value"] * 0.9).to_parquet(run_copy / "values.parquet")
    with pytest.raises(InputRefused, match=r"values\.parquet is not the file its receipt names"):
        judge(run_copy, registry, LENIENT)


@pytest.mark.parametrize("missing", ["receipt.json", "sales.parquet"])
def test_an_unfinished_run_is_refused(run_copy, registry, missing):
    (run_copy / missing).unlink()
    with pytest.raises(InputRefused, match=missing):
        judge(run_copy, registry, LENIENT)


def test_another_version_than_the_live_one_is_no_yardstick(live, small_run, narrow_run):
    with pytest.raises(WrongUse, match="is a run of version"):
        judge(narrow_run, live, LENIENT, rival=narrow_run)


def test_gates_asked_before_another_version_went_live_do_not_count(narrow_verdict, registry):
    with pytest.raises(WrongUse, match=r"give the command again|went live"):
        registry_with_other_version(registry)
        promote(narrow_verdict, registry, by="Per", decision=Decision("Ola", REASON, "Kari"))


def registry_with_other_version(registry: FileRegistry) -> None:
    from tests.contracts.test_model_registry import entry

    registry.append(entry("promote", "f" * 12, "trondheim"), after=0)


def test_a_promotion_that_comes_second_is_told_so(small_run, registry):
    verdict = judge(small_run, registry, LENIENT)

    class Slow(FileRegistry):
        def append(self, entry, *, after):
            # Somebody else registers a version between the look and the step.
            registry_with_other_version(registry)
            return super().append(entry, after=after)

    with pytest.raises(Locked, match="somebody else"):
        promote(verdict, Slow(registry.folder), by="Per")
    assert champion(registry.record("trondheim")).model_version == "f" * 12


def test_of_two_promotions_at_once_one_counts_and_the_record_holds(small_run, registry):
    # Processes of their own: a fork of a process whose threads hold locks can wait for ever.
    program = textwrap.dedent(
        """
        import pathlib, sys
        from tests.valuation.release.conftest import LENIENT
        from valuation.adapters.file_registry import FileRegistry
        from valuation.errors import Locked
        from valuation.release.promotion import promote
        from valuation.release.verdict import judge
        registry = FileRegistry(pathlib.Path(sys.argv[2]))
        try:
            print(promote(judge(pathlib.Path(sys.argv[1]), registry, LENIENT), registry, by="Per")[1])
        except Locked:
            print("told")
        """
    )
    words = [sys.executable, "-c", program, str(small_run), str(registry.folder)]
    both = [subprocess.Popen(words, cwd=HOME, env=os.environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [process.communicate(timeout=300)[0].strip() for process in both]
    assert answers.count("True") == 1
    assert [entry.action for entry in registry.record("trondheim")] == ["register", "promote"]
    assert folder_of(registry, champion(registry.record("trondheim"))).is_dir()


def test_a_promotion_killed_before_its_entry_leaves_the_old_champion(narrow_run, live_copy, small_version):
    program = textwrap.dedent(
        """
        import os, pathlib, sys
        from tests.valuation.release.conftest import LENIENT
        from valuation.adapters.file_registry import FileRegistry
        from valuation.release.decision import Decision
        from valuation.release import promotion, verdict
        registry = FileRegistry(pathlib.Path(sys.argv[2]))
        asked = verdict.judge(pathlib.Path(sys.argv[1]), registry, LENIENT)
        os.link = lambda *_: os.kill(os.getpid(), 9)
        promotion.promote(asked, registry, by="Per", decision=Decision("Ola", "18 said before", "Kari"))
        """
    )
    words = [sys.executable, "-c", program, str(narrow_run), str(live_copy.folder)]
    ended = subprocess.run(words, cwd=HOME, env=os.environ, check=False)
    assert ended.returncode == -9
    assert live_copy.aliases("trondheim")["champion"] == small_version.model_version
    # And what it left does not stand in the way.
    again, is_new = promote(
        judge(narrow_run, live_copy, LENIENT), live_copy, by="Per", decision=Decision("O", "w 1", "K")
    )
    assert is_new
    assert champion_folder(live_copy, "trondheim").name.endswith(again.model_version)


# --- who decides ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "reason", "second", "message"),
    [
        (None, REASON, "Kari", "--by is not given"),
        ("Ola", None, "Kari", "--reason is not given"),
        ("Ola", REASON, "  ", "--second is not given"),
        ("Ola Nordmann", REASON, " OLA  nordmann. ", "is named twice"),
        ("Ola\u200b Nordmann", REASON, "Ola Nordmann", "is named twice"),
        ("7", REASON, "Kari", "names nobody"),
        ("Ola", "ok", "Kari", "says nothing"),
        ("Ola", "Etter en samlet vurdering, som avtalt.", "Kari", "says nothing"),
        ("Ola", "after an overall assessment", "Kari", "says nothing"),
        ("Ola", "bra bra bra bra bra bra bra", "Kari", "says nothing"),
        ("Ola", "Ola Kari Ola Kari Ola Kari", "Kari", "says nothing"),
        ("Ola", REASON * 20, "Kari", "characters"),
        ("Ola", "because it is fine and we all agree that it is fine", "Kari", "fits every case"),
    ],
)
def test_a_decision_needs_two_people_and_a_reason_that_says_something(by, reason, second, message):
    with pytest.raises(WrongUse, match=message):
        checked_decision(by, reason, second)


@pytest.mark.parametrize(
    "reason",
    [
        "The jump at the border follows the fjord in 31 pairs of sales",
        "The gate group-level refuses the fjord area where prices really fell",
        "Described and decided in the minutes, see moetebok.pdf of the board",
        # As the page calls the gate, which shows no codes.
        "Vi har sett på kartet begge to, og «Ingen verdi hopper ved en strek på kartet» avviser ved fjorden",
        "Vi har sett på kartet begge to, og «Ingen verdi hoppar ved ein strek på kartet» avviser ved fjorden",
    ],
)
def test_a_number_a_gate_or_a_document_makes_a_reason(reason):
    assert checked_reason(reason) == reason


def test_a_gate_that_did_not_refuse_is_no_reason(narrow_verdict, live_copy):
    reason = "The twins were looked at by both of us and are right"
    with pytest.raises(WrongUse, match="names no gate that refuses"):
        promote(narrow_verdict, live_copy, by="Per", decision=checked_decision("Ola", reason, "Kari"))


def test_two_people_cannot_decide_that_other_values_are_those_of_the_version(narrow_verdict, live_copy, decision):
    from dataclasses import replace

    values = narrow_verdict.version.values
    raised = replace(narrow_verdict.version, values=values.assign(appraised_value=values["appraised_value"] * 1.02))
    checks = tuple(same_values.GATE.judge(Evidence(raised), LENIENT))
    told = replace(narrow_verdict, judged=(Judged(same_values.GATE, checks),))
    with pytest.raises(GateNotPassed, match="same-values to pass: no names and no reason"):
        promote(told, live_copy, by="Per", decision=decision)


def test_the_record_tells_no_path_of_a_machine(live, small_run):
    assert [Path(entry.run_folder).is_absolute() for entry in live.record("trondheim")] == [False, False]
    assert champion_folder(live, "trondheim", "candidate").is_dir()


def test_a_reason_is_kept_in_one_line_without_hidden_letters():
    assert checked_reason("Sone  3\n er rettet\u202e etter at registeret ble gjennomgått") == (
        "Sone 3 er rettet etter at registeret ble gjennomgått"
    )


# --- what people see ------------------------------------------------------------------------------------------------


def test_the_page_and_the_files_say_what_refused(narrow_verdict):
    html = page(narrow_verdict)
    assert "Not releasable: 2 of 18 gates refuse it." in html
    assert "The probable ranges hold what they promise" in html
    assert "Synthetic data" in html
    content = json.loads(narrow_verdict.as_text())
    assert content["passed"] is False
    assert content["champion"]["model_version"] != content["version"]["model_version"]
    assert len(checks_table(narrow_verdict)) == sum(len(one.checks) for one in narrow_verdict.judged)


def test_names_from_registers_are_shown_as_text(narrow_verdict):
    from dataclasses import replace

    one = narrow_verdict.judged[0]
    odd = replace(one.checks[0], measure="=cmd|<script>alert(1)</script>", status="refused", examples=("<b>",))
    told = replace(narrow_verdict, judged=(replace(one, checks=(odd,)),))
    assert [language for language in ("nb", "nn", "en") if "<script>" in page(told, language)] == []
    assert checks_table(told)["measure"].iloc[0].startswith("'=")


def test_every_gate_has_its_fresh_page():
    folder = HOME / "docs" / "reference" / "gates"
    # Stale? Run `make docs` and look at what changed.
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")} == gate_pages()


def test_codes_of_gates_are_unlike():
    assert len({gate.code for gate in GATES}) == len(GATES)


# --- the commands ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lenient_file(tmp_path) -> Path:
    import yaml

    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump({"gates": LENIENT.model_dump(mode="json")}), "utf-8")
    return path


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_promote_writes_its_page_and_rollback_needs_an_earlier_version(run_copy, lenient_file, tmp_path):
    place = tmp_path / "registry"
    asked = call("promote", run_copy, "--registry", place, "--params", lenient_file, "--json")
    assert asked.exception is None
    assert json.loads(asked.stdout)["promoted"] is True
    pages = {"index.html", "index.nn.html", "index.en.html"}
    assert {path.name for path in (run_copy / "release").iterdir()} == {"gates.json", "gates.csv", *pages}
    back = call("rollback", "trondheim", "--registry", place, "--by", "Ola", "--reason", REASON, "--second", "Kari")
    assert isinstance(back.exception, WrongUse)


def test_a_dry_run_writes_nothing(run_copy, lenient_file, tmp_path):
    asked = call("promote", run_copy, "--registry", tmp_path / "registry", "--params", lenient_file, "--dry-run")
    assert asked.exception is None
    assert not (tmp_path / "registry").exists()
    assert not (run_copy / "release").exists()


def test_an_empty_reason_is_refused_before_any_gate_is_asked(tmp_path):
    asked = call("promote", tmp_path / "no-run", "--by", "Ola", "--reason", "ok", "--second", "Kari")
    assert isinstance(asked.exception, WrongUse)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    asked = call("promote", tmp_path / "no-run", "--registry", tmp_path / "registry")
    assert isinstance(asked.exception, WrongUse)


def test_the_fake_registry_takes_a_promotion_too(small_run, tmp_path):
    registry = MemoryRegistry(tmp_path)
    promote(judge(small_run, registry, LENIENT), registry, by="Per")
    assert champion_folder(registry, "trondheim").is_dir()
