"""How are long questions answered beside the service? Each in a process of its own, as revaluations are.

``FOLDER/<id>/`` holds `job.json` (what was asked), `progress.json`, `state.json` once ended, for drift the table under
its own name in `new_sales/`, and `result/` when it is whole.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from valuation.adapters.process_jobs import JOB, LOCK, LOG, PROGRESS, STATE, is_held, read_json, write_json
from valuation.errors import JobNotFound
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
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

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
        place = self.folder / analysis_id
        words = [sys.executable, "-m", "valuation.adapters.analysis_process", str(place)]
        with (place / LOG).open("ab") as talk:
            process = subprocess.Popen(  # noqa: S603 - our own program and a name we made
                words, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk, start_new_session=True
            )
        self._processes[analysis_id] = process
        # Somebody must take note of its end, or it stays in the table of processes.
        threading.Thread(target=process.wait, daemon=True).start()

    def analysis(self, analysis_id: str) -> Analysis:
        """Return one as it stands."""
        place = self.folder / analysis_id
        if not (analysis_id.isalnum() and (place / JOB).exists()):
            raise JobNotFound(f"there is no analysis {analysis_id!r}")
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
        if not self.folder.is_dir():
            return []
        found = [self.analysis(place.name) for place in self.folder.iterdir() if (place / JOB).exists()]
        wanted = [one for one in found if kind is None or one.kind == kind]
        return sorted(wanted, key=lambda one: (one.asked_at, one.analysis_id), reverse=True)

    def begin_unfinished(self) -> None:
        """Go on with what was not ended when the service stopped."""
        for one in self.analyses():
            if one.state in ("waiting", "interrupted"):
                self.begin(one.analysis_id)

    def _state_of(self, analysis_id: str, place: Path) -> AnalysisState:
        process = self._processes.get(analysis_id)
        if (process is not None and process.poll() is None) or is_held(place / LOCK):
            return "running"
        if process is not None and (place / STATE).exists():
            # It ended between the two looks.
            ended: AnalysisState = read_json(place / STATE)["state"]
            return ended
        return "interrupted" if process is not None or (place / LOCK).exists() else "waiting"
