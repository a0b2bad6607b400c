"""How does a version come to wait, go live, and be left again? One operation each, all of them in the record."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from valuation.appraisal.bundle import check_bundle
from valuation.comparison.versions import Version, read_version
from valuation.errors import BundleRefused, GateNotPassed, InputRefused, WrongUse
from valuation.models.registry import (
    Action,
    Entry,
    ModelRegistry,
    before_champion,
    candidate,
    champion,
    folder_of,
    was_live,
)
from valuation.release.decision import Decision, check_names_one_of
from valuation.release.verdict import Verdict, now, refusal_in_words

ALIASES = ("champion", "candidate")


def champion_folder(registry: ModelRegistry, jurisdiction: str, alias: str = "champion") -> Path:
    """Return the folder of the run that is live (or, as ``candidate``, was registered last).

    Raises
    ------
    WrongUse
        When there is none.
    """
    record = registry.record(jurisdiction)
    entry = {"champion": champion, "candidate": candidate}[alias](record)
    if entry is None:
        raise WrongUse(
            f"no version of {jurisdiction} is the {alias}", expected="one that was promoted", remedy="give a run folder"
        )
    return folder_of(registry, entry)


def register(folder: Path, registry: ModelRegistry, *, by: str) -> tuple[Entry, bool]:
    """Let a finished run wait for others to look at it: kept whole in the archive of the registry, nothing goes live.

    Parameters
    ----------
    folder : Path
        Output folder of the run.
    registry : ModelRegistry
    by : str
        Who gave the command.

    Returns
    -------
    entry : Entry
        What stands in the record.
    is_new : bool
        False when this version waits already: nothing was added.

    Raises
    ------
    BundleRefused, InputRefused
        When the run is not whole and as it was written.
    Locked
        When another entry came first.
    """
    version = read_version(folder)
    jurisdiction = version.bundle.jurisdiction.name
    record = registry.record(jurisdiction)
    waiting = candidate(record)
    if waiting is not None and waiting.model_version == version.model_version:
        return waiting, False
    kept = f"{len(record) + 1:06d}-{version.model_version}"
    _keep(folder, registry.archive(jurisdiction) / kept, version)
    entry = Entry(
        jurisdiction=jurisdiction,
        action="register",
        model_version=version.model_version,
        replaces="",
        run_folder=kept,
        manifest_sha256=version.bundle.manifest["manifest_sha256"],
        at=now(),
        by=by,
        reason="",
        second="",
        gates_sha256="",
    )
    return registry.append(entry, after=len(record)), True


def promote(
    verdict: Verdict, registry: ModelRegistry, *, by: str, decision: Decision | None = None
) -> tuple[Entry, bool]:
    """Make the version live, where the gates passed or two people decided against them.

    Parameters
    ----------
    verdict : Verdict
        Of this version, against the version that is live now.
    registry : ModelRegistry
    by : str
        Who gave the command.
    decision : Decision, optional
        Of two people; needed where a gate refuses.

    Returns
    -------
    entry : Entry
        What stands in the record.
    is_new : bool
        False when the version was live already: nothing was added.

    Raises
    ------
    GateNotPassed
        Names every failing measure with number and limit.
    Locked
        When another promotion came first.
    """
    if verdict.decisions is not None:
        raise WrongUse(
            f"the gates counted {verdict.decisions['file']}, of which the values themselves do not tell",
            expected="values that say who has looked",
            remedy="valuation revalue --decisions FILE, then valuation report, then promote",
        )
    fixed = sorted({one.gate.code for one, _ in verdict.refused if not one.gate.can_be_overruled})
    if fixed:
        raise GateNotPassed(
            refusal_in_words(verdict),
            expected=f"{', '.join(fixed)} to pass: no names and no reason stand against it",
            remedy="run the pipeline again: what goes live must be what this version gives",
        )
    if verdict.refused and decision is None:
        raise GateNotPassed(
            refusal_in_words(verdict),
            expected="every gate to pass, or two people to decide against it",
            remedy="look at release/index.html of the run; by hand: --by NAME --reason TEXT --second NAME",
        )
    if verdict.refused and decision is not None:
        check_names_one_of(decision.reason, sorted({one.gate.code for one, _ in verdict.refused}))
    version = verdict.version
    record = registry.record(version.bundle.jurisdiction.name)
    live = champion(record)
    if live is not None and live.model_version == version.model_version:
        return live, False
    compared_with = "" if verdict.champion is None else verdict.champion.model_version
    if live is not None and compared_with != live.model_version:
        raise WrongUse(
            f"version {live.model_version} went live since the gates were asked",
            expected="gates that compare with the live version",
            remedy="give the command again",
        )
    waiting = candidate(record)
    is_known = waiting is not None and waiting.model_version == version.model_version
    after = len(record) if is_known else len(record) + 1
    archive = registry.archive(version.bundle.jurisdiction.name)
    kept = f"{after + 1:06d}-{version.model_version}"
    if is_known and waiting is not None and version.folder.resolve() == (archive / waiting.run_folder).resolve():
        # It lies there since it was registered: proven once more, and not copied a second time.
        kept = waiting.run_folder
    _keep(version.folder, archive / kept, version)
    action: Action = "promote by hand" if verdict.refused else "promote"
    entry = Entry(
        jurisdiction=version.bundle.jurisdiction.name,
        action=action,
        model_version=version.model_version,
        replaces="" if live is None else live.model_version,
        run_folder=kept,
        manifest_sha256=version.bundle.manifest["manifest_sha256"],
        at=now(),
        by=decision.by if decision is not None else by,
        reason=decision.reason if decision is not None else "",
        second=decision.second if decision is not None else "",
        gates_sha256=verdict.sha256,
    )
    if not is_known:
        registered = replace(
            # Below the archive, as of the promotion itself: a registry can be moved, and tells of no machine.
            entry,
            action="register",
            replaces="",
            reason="",
            second="",
        )
        registry.append(registered, after=len(record))
    return registry.append(entry, after=after), True


NOT_KEPT = ("train", ".*")
"""Of a run that goes live: what was learned stands in the bundle, and what begins with a dot is nobody's result."""


def _keep(run: Path, place: Path, version: Version) -> None:
    """Copy the run that goes live to where the next run into the same folder cannot replace it; prove the copy."""
    if run.resolve() == place.resolve():
        _prove(place, version)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.{uuid4().hex}.aside")
    try:
        shutil.copytree(run, aside, ignore=shutil.ignore_patterns(*NOT_KEPT))
        # The folder may have changed while the gates worked: the copy is what will be live.
        _prove(aside, version)
        if not _holds(place, version):
            # What else stands there was left by somebody who was stopped before the record was written.
            shutil.rmtree(place, ignore_errors=True)
            os.replace(aside, place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _prove(place: Path, version: Version) -> None:
    if check_bundle(place / "bundle")["manifest_sha256"] != version.bundle.manifest["manifest_sha256"]:
        raise BundleRefused("the run has become another version since the gates were asked", remedy="ask them again")
    read_version(place)


def _holds(place: Path, version: Version) -> bool:
    try:
        return read_version(place).bundle.manifest == version.bundle.manifest
    except (WrongUse, InputRefused, BundleRefused):
        return False


def roll_back(jurisdiction: str, registry: ModelRegistry, decision: Decision, *, to: str | None = None) -> Entry:
    """Make live again what was live before; the same record, no gates, two people and a reason.

    Parameters
    ----------
    jurisdiction : str
    registry : ModelRegistry
    decision : Decision
    to : str, optional
        Model version; by default the one before the present one.

    Raises
    ------
    WrongUse
        When there is nothing to go back to.
    BundleRefused
        When the earlier version is no longer as it was written.
    """
    record = registry.record(jurisdiction)
    live = champion(record)
    if live is None:
        known = ", ".join(registry.jurisdictions()) or "none"
        raise WrongUse(
            f"no version of {jurisdiction!r} is live",
            expected=f"a jurisdiction with a record: {known}",
            remedy="promote one",
        )
    earlier = was_live(record, to) if to is not None else before_champion(record)
    if earlier is None:
        raise WrongUse(
            f"{live.model_version} is the first version of {jurisdiction}; there is none before it",
            expected="an earlier version to go back to",
            remedy="promote another version instead",
        )
    folder = folder_of(registry, earlier)
    manifest = check_bundle(folder / "bundle")
    if manifest["manifest_sha256"] != earlier.manifest_sha256:
        raise BundleRefused(
            f"{folder} holds version {manifest['model_version']}, not {earlier.model_version}",
            expected="the bundle that was live",
            remedy="restore its run folder from the archive",
        )
    entry = Entry(
        jurisdiction=jurisdiction,
        action="roll back",
        model_version=earlier.model_version,
        replaces=live.model_version,
        run_folder=earlier.run_folder,
        manifest_sha256=earlier.manifest_sha256,
        at=now(),
        by=decision.by,
        reason=decision.reason,
        second=decision.second,
        gates_sha256="",
    )
    return registry.append(entry, after=len(record))
