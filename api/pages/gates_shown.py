"""What did the gates say of a version, in the language of the reader, and what can be done with that answer?"""

from __future__ import annotations

import json
from typing import Any

from api.service import Service
from api.version_actions import all_proposals, live_version
from valuation.access.routes import STARTS
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.languages.spoken import recorded, speaking
from valuation.release.analysis import Analysis
from valuation.release.catalogue import GATES
from valuation.release.gate_words import GATE_TITLES, STATUS_WORDS, measure_words
from valuation.release.proposal import is_open
from valuation.report.cells import shown
from valuation.review.actor import Actor

_ORDER = {"refused": 0, "not judged": 1, "passed": 2}
MOST_CHECKS = 40
"""Of a gate; the whole answer, a page of its own, holds all."""


def gates_shown(service: Service, found: Analysis, actor: Actor, language: str) -> dict[str, Any]:
    """Return the answer of the gates as the template shows it.

    Parameters
    ----------
    service : Service
    found : Analysis
        Finished.
    actor : Actor
    language : str
    """
    kept = json.loads((found.folder / "gates.json").read_text("utf-8"))
    live = live_version(service)
    fixed = {gate.code for gate in GATES if not gate.can_be_overruled}
    refused = [one["code"] for one in kept["gates"] if one["status"] == "refused"]
    with speaking(language):
        gates = [
            _gate(one, service.bundle.jurisdiction, language)
            for one in sorted(kept["gates"], key=lambda one: _ORDER[one["status"]])
        ]
    is_about_now = live in ("", found.against) or live == found.model_version
    return {
        "model_version": found.model_version,
        "against": found.against,
        "is_passed": kept["passed"],
        "is_live": live == found.model_version,
        "is_about_now": is_about_now,
        "n_refused": len(refused),
        "n_gates": len(kept["gates"]),
        "n_not_judged": sum(one["status"] == "not judged" for one in kept["gates"]),
        "gates": gates,
        "can_be_overruled": bool(refused) and not fixed & set(refused),
        "may_start": bool(actor.roles & STARTS),
        "is_proposed": any(
            is_open(one, live) and one.deed == "promote by hand" and one.model_version == found.model_version
            for one in all_proposals(service)
        ),
    }


def _gate(one: dict[str, Any], place: Jurisdiction, language: str) -> dict[str, Any]:
    checks = sorted(one["checks"], key=lambda check: _ORDER[check["status"]])
    return {
        "code": one["code"],
        "title": GATE_TITLES[one["code"]].in_language(language),
        "status": one["status"],
        "status_words": STATUS_WORDS[one["status"]].in_language(language),
        "checks": [_check(check, place, language) for check in checks[:MOST_CHECKS]],
        "n_more": max(len(checks) - MOST_CHECKS, 0),
    }


def _check(check: dict[str, Any], place: Jurisdiction, language: str) -> dict[str, str]:
    found, bounds = check["found"], (check["lower"], check["upper"])
    is_count = found is not None and found == round(found) and bounds[0] is None
    digits = 0 if is_count else 3
    interval = ""
    if None not in bounds:
        interval = " – ".join(shown(bound, digits, 1.0, language) for bound in bounds)
    return {
        "measure": measure_words(check["measure"], place),
        "status": check["status"],
        "status_words": STATUS_WORDS[check["status"]].in_language(language),
        "found": shown(found, digits, 1.0, language),
        "interval": interval,
        "limit": recorded(check["limit"]),
        "n": shown(check["n"], 0, 1.0, language) if check["n"] else "–",
        "remark": recorded(check["remark"]),
        "examples": ", ".join(check["examples"]),
    }
