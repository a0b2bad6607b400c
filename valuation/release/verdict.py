"""What do the gates say of a finished run, and who has looked at its values? Asked and said, nothing decided."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuation.appraisal.digest import sha256_of
from valuation.appraisal.looked_at import LOOKED_AT, decisions_in_words, looked_at, read_decisions
from valuation.comparison.versions import Version, check_comparable, read_version
from valuation.errors import BundleRefused, InputRefused, WrongUse
from valuation.models.registry import Entry, ModelRegistry, champion, folder_of
from valuation.release.catalogue import GATES, Judged, judge_all
from valuation.release.gate import Check, Evidence
from valuation.release.looked_at import Looked, seen, who_looked

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


@dataclass(frozen=True)
class Verdict:
    """What the gates said of a version."""

    version: Version
    champion: Version | None
    judged: tuple[Judged, ...]
    limits: dict[str, Any]
    """The settings the gates were asked with."""
    at: str
    """When they were asked, UTC."""
    decisions: dict[str, Any] | None = None
    """A table of decisions that was counted though the values do not tell of it yet: its name, hash, what it holds."""

    @cached_property
    def looked(self) -> tuple[Looked, ...]:
        """How many values a person has looked at, by what asks for a look."""
        return who_looked(self.version.values)

    @property
    def refused(self) -> list[tuple[Judged, Check]]:
        """Every check that stands in the way, with its gate."""
        return [(one, check) for one in self.judged for check in one.refused]

    def as_dict(self) -> dict[str, Any]:
        """Return what `gates.json` holds: no NaN, numbers as they were found."""
        return {
            "at": self.at,
            "passed": not self.refused,
            "version": self.version.described(),
            "champion": None if self.champion is None else self.champion.described(),
            "limits": self.limits,
            "decisions": self.decisions,
            "looked_at": [
                {"kind": one.kind, "dwellings": one.dwellings, "looked_at": one.looked_at} for one in self.looked
            ],
            "gates": [
                {
                    "code": one.gate.code,
                    "title": one.gate.title,
                    "looks_at": one.gate.looks_at,
                    "status": one.status,
                    "checks": [_check_as_dict(check) for check in one.checks],
                }
                for one in self.judged
            ],
        }

    def as_text(self) -> str:
        """Return `gates.json`."""
        return json.dumps(self.as_dict(), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of `gates.json`, kept in the record."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()


def _check_as_dict(check: Check) -> dict[str, Any]:
    figures = {name: getattr(check, name) for name in ("found", "lower", "upper")}
    return {
        "measure": check.measure,
        "status": check.status,
        "n": check.n,
        "limit": check.limit,
        **{name: figure if math.isfinite(figure) else None for name, figure in figures.items()},
        "remark": check.remark,
        "examples": list(check.examples),
    }


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def judge(
    folder: Path,
    registry: ModelRegistry,
    params: GateParams,
    *,
    rival: Path | None = None,
    decisions: Path | None = None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> Verdict:
    """Ask every gate about a finished run; write nothing.

    Parameters
    ----------
    folder : Path
        Output folder of the run.
    registry : ModelRegistry
        Knows which version is live.
    params : GateParams
    rival : Path, optional
        Run folder to compare with; by default that of the live version. Where a version is live it must be a run of it.
    decisions : Path, optional
        Table of decisions to count as if the values told of them already: what `check` foretells. Nothing is promoted
        on it.
    told : callable
        Told ``("gates", done, total)``.

    Raises
    ------
    BundleRefused, InputRefused
        When the run, or the live one, is not whole and as it was written.
    WrongUse
        When `rival` is another version than the live one.
    """
    version, counted = _counting(read_version(folder), decisions)
    live = champion(registry.record(version.bundle.jurisdiction.name))
    place = rival if rival is not None or live is None else folder_of(registry, live)
    rival_version = _rival(live, place, version, is_asked=rival is not None)
    return judge_against(version, rival_version, params, decisions=counted, told=told)


def judge_against(
    version: Version,
    rival: Version | None,
    params: GateParams,
    *,
    decisions: dict[str, Any] | None = None,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> Verdict:
    """Ask every gate about a version that was read, against the one that is live; write nothing."""
    judged = judge_all(Evidence(version, rival), params, told)
    return Verdict(version, rival, tuple(judged), params.model_dump(mode="json"), now(), decisions)


def read_verdict(path: Path, version: Version, rival: Version | None, params: GateParams) -> Verdict:
    """Return what the gates said of a version, where that is still what they would say.

    The gates give the same answer to the same bytes: the kept one holds while version, live version, limits and the
    gates themselves are those it was given for.

    Parameters
    ----------
    path : Path
        A `gates.json`.
    version : Version
        That asks to go live, as it is now.
    rival : Version or None
        That is live now.
    params : GateParams

    Raises
    ------
    InputRefused
        When it was given for something else, or cannot be read.
    """
    remedy = "ask the gates again"
    try:
        kept = json.loads(path.read_text("utf-8"))
        known = {gate.code: gate for gate in GATES}
        judged = tuple(
            Judged(known.pop(one["code"]), tuple(_check_from(check) for check in one["checks"]))
            for one in kept["gates"]
        )
        made = Verdict(version, rival, judged, kept["limits"], kept["at"], kept["decisions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{path.name} cannot be read: {error}", expected="gates.json", remedy=remedy) from error
    is_the_same = not known and made.limits == params.model_dump(mode="json") and made.as_dict() == kept
    if not is_the_same:
        raise InputRefused(
            "the gates were asked about another run, another live version, or with other limits",
            expected="an answer about what is to go live now",
            remedy=remedy,
        )
    return made


def _check_from(kept: dict[str, Any]) -> Check:
    figures = {name: math.nan if kept[name] is None else kept[name] for name in ("found", "lower", "upper")}
    return Check(**{**kept, **figures, "examples": tuple(kept["examples"])})


def _counting(version: Version, decisions: Path | None) -> tuple[Version, dict[str, Any] | None]:
    """Return the version as it would be with a table of decisions, and what is said of that table."""
    if decisions is None:
        return version, None
    table, values = read_decisions(decisions), version.values
    is_seen = seen(values) | looked_at(values, table)
    told = {
        "file": decisions.name,
        "sha256": sha256_of(decisions),
        "says": decisions_in_words(values, table),
    }
    return replace(version, values=values.assign(**{LOOKED_AT: is_seen})), told


def _rival(live: Entry | None, folder: Path | None, version: Version, *, is_asked: bool) -> Version | None:
    if folder is None:
        return None
    is_live_itself = live is not None and live.model_version == version.model_version
    if is_live_itself and not is_asked:
        # The live version valued another roll, or the same again: there is no other model to be worse than.
        return None
    try:
        found = read_version(folder)
    except WrongUse as missing:
        if is_asked:
            raise
        raise InputRefused(
            f"the live version is not in {folder}: {missing.found}",
            expected="the run that went live",
            remedy="give the folder of its run with --champion RUN, or restore it",
        ) from missing
    except (InputRefused, BundleRefused) as refusal:
        raise type(refusal)(
            f"the live version {live.model_version if live else ''} in {folder} cannot be read: {refusal.found}",
            expected=refusal.expected,
            remedy="give the folder of its run with --champion RUN, or restore it",
        ) from refusal
    if live is not None and found.bundle.manifest["manifest_sha256"] != live.manifest_sha256:
        raise WrongUse(
            f"{folder} is a run of version {found.model_version}; live is {live.model_version}",
            expected="a run of the version that is live",
            remedy="leave --champion out, or give a run of the live version",
        )
    if is_live_itself:
        return None
    check_comparable(found, version)
    return found


def refusal_in_words(verdict: Verdict) -> str:
    """Return a line per failing measure: gate, measure, number, interval and limit."""
    n_gates, version = len({one.gate.code for one, _ in verdict.refused}), verdict.version.model_version
    lines = [f"version {version} does not pass {n_gates} of {len(verdict.judged)} gates:"]
    lines += [f"  {one.gate.code}: {check_in_words(check)}" for one, check in verdict.refused]
    return "\n".join(lines)


def check_in_words(check: Check) -> str:
    """Return a check in a line."""
    interval = f" ({_number(check.lower)} to {_number(check.upper)})" if math.isfinite(check.lower) else ""
    found = f" {_number(check.found)}{interval}" if math.isfinite(check.found) else ""
    remark = f"; {check.remark}" if check.remark else ""
    some = f"; such as {', '.join(check.examples[:3])}" if check.examples else ""
    return f"{check.measure}:{found}, limit: {check.limit} (n = {check.n:,}){remark}{some}"


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure == round(figure) else f"{figure:.4g}"
