"""What does a gate ask? The pages of the reference, written from the gates themselves."""

from __future__ import annotations

from valuation.pipeline.params import GateParams
from valuation.release.catalogue import GATES
from valuation.release.gate import Gate

_LOOKS_AT = {"roll": "the whole roll", "sales": "the newest sales, which no model has seen"}


def gate_pages() -> dict[str, str]:
    """Return the pages of docs/reference/gates/ by file name."""
    return {"README.md": _index(), **{f"{gate.code}.md": _page(gate) for gate in GATES}}


def _index() -> str:
    lines = ["# Gates", ""]
    lines += [
        "What `valuation promote` asks of a version before it may go live. A code never changes: it stands in records.",
        "",
    ]
    lines += ["| Code | Title | Looks at |", "|---|---|---|"]
    lines += [f"| [`{gate.code}`]({gate.code}.md) | {gate.title} | {_LOOKS_AT[gate.looks_at]} |" for gate in GATES]
    return "\n".join([*lines, ""])


def _page(gate: Gate) -> str:
    defaults = GateParams()
    lines = [f"# {gate.code}", "", f"**{gate.title}**. {gate.explanation}", "", f"Looks at {_LOOKS_AT[gate.looks_at]}."]
    if gate.settings:
        lines += ["", "| Setting (section `gates`) | Default |", "|---|---|"]
        lines += [f"| `{name}` | {getattr(defaults, name)} |" for name in gate.settings]
    module = gate.judge.__module__.replace(".", "/")
    return "\n".join([*lines, "", f"Gate: `{module}.py`.", ""])
