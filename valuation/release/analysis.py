"""What is asked that takes longer than a moment? Two versions compared, the gates asked, new sales looked at. A port.

It is asked once, worked at beside the service, and its answer is kept: the same question about the same bytes has the
same identity, so whoever asks it again finds the answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

Kind = Literal["compare", "gates", "drift"]
KINDS: tuple[Kind, ...] = get_args(Kind)
AnalysisState = Literal["waiting", "running", "interrupted", "finished", "failed"]
ENDED: tuple[AnalysisState, ...] = ("finished", "failed")
SAID = "said.json"
"""File of a comparison: the answer in every language, in parts that the page of the service puts into its frame."""


@dataclass(frozen=True)
class Question:
    """What is asked, of which bytes."""

    kind: Kind
    model_version: str
    """That is looked at; of a comparison, B."""
    against: str
    """A of a comparison, the live version of gates; empty where there is none."""
    run: Path
    """Its run folder."""
    rival: Path | None
    """That of `against`."""
    sha256s: Mapping[str, str]
    """Of what the answer follows from: manifests, rolls, the table of new sales."""
    settings: Mapping[str, Any]
    """That change the answer."""
    table: str = ""
    """Name of the table of new sales."""

    @property
    def analysis_id(self) -> str:
        """Return the identity: the same for the same question, wherever the folders lie."""
        asked = {
            "kind": self.kind,
            "model_version": self.model_version,
            "against": self.against,
            "sha256s": dict(self.sha256s),
            "settings": dict(self.settings),
        }
        text = json.dumps(asked, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Analysis:
    """A question and how far its answer has come. Times are UTC with Z."""

    analysis_id: str
    kind: Kind
    model_version: str
    against: str
    table: str
    asked_by: str
    asked_at: str
    state: AnalysisState
    done: int
    total: int
    """Steps; 0 while nobody knows how many."""
    folder: Path
    """Where the answer lies, once finished."""
    failure: str = ""
    """What stood against it, in words for a person."""


class Analyses(Protocol):
    """Keeps questions and has them answered, outside the process that answers requests."""

    def ask(self, question: Question, *, by: str, at: str, content: bytes = b"") -> Analysis:
        """Keep a question, or find it; nothing is begun. One that failed is asked anew."""
        ...

    def begin(self, analysis_id: str) -> None:
        """Have it answered; nothing where it is being answered or is."""
        ...

    def analysis(self, analysis_id: str) -> Analysis:
        """Return one as it stands.

        Raises
        ------
        JobNotFound
        """
        ...

    def analyses(self, kind: Kind | None = None) -> list[Analysis]:
        """Return all of a kind, the newest first."""
        ...

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        ...
