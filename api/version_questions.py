"""What exactly is asked when two versions are compared, the gates are asked, or new sales are looked at?

A question names the bytes its answer follows from; the answer is made beside the service and kept
(`valuation/release/analysis.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePath

from api.service import Service
from valuation.comparison.versions import read_version
from valuation.errors import InputRefused
from valuation.release.analysis import Analysis, Question
from valuation.release.proposal import Proposal
from valuation.release.standing import StandingVersion, live_of, standing_versions
from valuation.release.verdict import Verdict, read_verdict
from valuation.review.actor import Actor
from valuation.review.audit import NewEvent
from valuation.review.repository import ReviewTransaction
from valuation.review.workflow import stamp


def versions_of(service: Service) -> list[StandingVersion]:
    """Return every version of the record: the live one, then the newest first."""
    return standing_versions(service.registry, service.bundle.jurisdiction.name)


def comparison_of(service: Service, before: StandingVersion, after: StandingVersion) -> Question:
    """Return the question what would change if B took the place of A."""
    others = [
        {
            "run_id": one.run_id,
            "model_version": one.model_version,
            "run": str(one.run.resolve()),
            "is_live": one.standing == "live",
        }
        for one in versions_of(service)
        if one.is_whole
    ]
    return Question(
        kind="compare",
        model_version=after.model_version,
        against=before.model_version,
        run=after.run,
        rival=before.run,
        sha256s={"a": _outputs(before), "b": _outputs(after)},
        settings={"others": others},
    )


def gates_of(service: Service, version: StandingVersion, live: StandingVersion | None) -> Question:
    """Return the question what the gates say of a version, against the one that is live."""
    # The live version valued another roll, or the same again: there is no other model to be worse than.
    rival = None if live is None or live.model_version == version.model_version else live
    return Question(
        kind="gates",
        model_version=version.model_version,
        against="" if rival is None else rival.model_version,
        run=version.run,
        rival=None if rival is None else rival.run,
        sha256s={"version": _outputs(version), "live": "" if rival is None else _outputs(rival)},
        settings={"gates": service.params.gates.model_dump(mode="json")},
    )


def drift_of(service: Service, live: StandingVersion, name: str, content: bytes) -> Question:
    """Return the question whether new sales fit the version that is live."""
    # The name is a person's; only its last part is kept, and never as a path.
    plain = PurePath(name.replace("\\", "/")).name.lstrip(".") or "sales.csv"
    return Question(
        kind="drift",
        model_version=live.model_version,
        against="",
        run=live.run,
        rival=None,
        sha256s={"version": _outputs(live), "table": hashlib.sha256(content).hexdigest()},
        settings={
            "drift": service.params.drift.model_dump(mode="json"),
            "raw": "" if service.settings.raw is None else str(service.settings.raw.resolve()),
        },
        table=plain[:100],
    )


def _outputs(version: StandingVersion) -> str:
    """Return a hash of everything the run signed, its model version included."""
    signed: Mapping[str, str] = version.receipt["outputs_sha256"]
    text = "".join(f"{name}:{digest};" for name, digest in sorted(signed.items()))
    return hashlib.sha256((version.manifest_sha256 + text).encode()).hexdigest()


def asked(
    service: Service, transaction: ReviewTransaction, actor: Actor, question: Question, content: bytes = b""
) -> Analysis:
    """Keep a question with its event, or find its answer."""
    at = stamp(service.now())
    made = service.analyses.ask(question, by=actor.user_id, at=at, content=content)
    details = {"kind": question.kind, "model_version": question.model_version, "against": question.against}
    transaction.append(NewEvent(at, actor.user_id, "ask_analysis", "analysis", made.analysis_id, details))
    return made


def kept_verdict(service: Service, analysis_id: str) -> Verdict:
    """Return what the gates said, where that is still what they would say.

    Raises
    ------
    JobNotFound
        When they were not asked.
    InputRefused
        When they did not answer, or were asked about something else than what is to go live now.
    """
    analysis = service.analyses.analysis(analysis_id)
    if analysis.kind != "gates" or analysis.state != "finished":
        raise InputRefused("the gates have not answered", expected="their answer", remedy="wait for it, or ask again")
    versions = versions_of(service)
    live, runs = live_of(versions), {one.model_version: one.run for one in versions}
    rival = None if live is None or live.model_version == analysis.model_version else read_version(live.run)
    version = read_version(runs[analysis.model_version])
    return read_verdict(analysis.folder / "gates.json", version, rival, service.params.gates)


def verdict_of(service: Service, proposal: Proposal) -> Verdict:
    """Return what the gates said where a proposal is against them."""
    return kept_verdict(service, proposal.asked)
