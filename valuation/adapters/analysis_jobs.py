"""How are long questions answered beside the service? Each in a process of its own (`side_process.py`).

Beside what every such job keeps, ``FOLDER/<id>/`` holds, for drift, the table under its own name in `new_sales/`, and
`result/` when it is whole.
"""

from __future__ import annotations

from pathlib import Path

from valuation.adapters.side_process import JOB, LOCK, PROGRESS, STATE, SideProcesses, read_json, write_json
from valuation.release.analysis import ENDED, Analysis, AnalysisState, Kind, Question

RESULT, TABLES = "result", "new_sales"


class AnalysisJobs:
    """Analyses in processes beside the service.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes = SideProcesses(folder, "valuation.adapters.analysis_process", "analysis")

    def ask(self, question: Question, *, by: str, at: str, content: bytes = b"") -> Analysis:
        """Keep a question, or find it."""
        place = self.folder / question.analysis_id
        if (place / JOB).exists():
            if self.analysis(question.analysis_id).state == "failed":
                (place / STATE).unlink(missing_ok=True)
            return self.analysis(question.analysis_id)
        place.mkdir(parents=True, exist_ok=True)
        if question.table:
            (place / TABLES).mkdir(exist_ok=True)
            (place / TABLES / question.table).write_bytes(content)
        asked = {
            "analysis_id": question.analysis_id,
            "kind": question.kind,
            "model_version": question.model_version,
            "against": question.against,
            "run": str(question.run.resolve()),
            "rival": "" if question.rival is None else str(question.rival.resolve()),
            "settings": dict(question.settings),
            "table": question.table,
            "asked_by": by,
            "asked_at": at,
        }
        write_json(place / JOB, asked)
        return self.analysis(question.analysis_id)

    def begin(self, analysis_id: str) -> None:
        """Have it answered by a process of its own."""
        if self.analysis(analysis_id).state in (*ENDED, "running"):
            return
        self._processes.begin(analysis_id)

    def analysis(self, analysis_id: str) -> Analysis:
        """Return one as it stands."""
        place = self._processes.place_of(analysis_id)
        asked, progress, ended = (read_json(place / name) for name in (JOB, PROGRESS, STATE))
        state: AnalysisState = ended.get("state") or self._state_of(analysis_id, place)
        return Analysis(
            analysis_id=asked["analysis_id"],
            kind=asked["kind"],
            model_version=asked["model_version"],
            against=asked["against"],
            table=asked["table"],
            asked_by=asked["asked_by"],
            asked_at=asked["asked_at"],
            state=state,
            done=progress.get("done", 0),
            total=progress.get("total", 0),
            folder=place / RESULT,
            failure=ended.get("failure", ""),
        )

    def analyses(self, kind: Kind | None = None) -> list[Analysis]:
        """Return all of a kind, the newest first."""
        found = [self.analysis(analysis_id) for analysis_id in self._processes.job_ids()]
        wanted = [one for one in found if kind is None or one.kind == kind]
        return sorted(wanted, key=lambda one: (one.asked_at, one.analysis_id), reverse=True)

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        self._processes.go_on(one.analysis_id for one in self.analyses() if one.state in ("waiting", "interrupted"))

    def _state_of(self, analysis_id: str, place: Path) -> AnalysisState:
        if self._processes.is_at_work(analysis_id):
            return "running"
        was_begun = self._processes.was_begun(analysis_id)
        if was_begun and (place / STATE).exists():
            # It ended between the two looks.
            ended: AnalysisState = read_json(place / STATE)["state"]
            return ended
        return "interrupted" if was_begun or (place / LOCK).exists() else "waiting"
