"""What does the reference say of the review? States, steps, permissions, reasons and refusals, from their tables."""

from __future__ import annotations

from collections.abc import Iterator

from valuation.review.actor import ROLES
from valuation.review.permissions import ACTION_WORDS, PERMITTED, ROLE_WORDS
from valuation.review.reason_codes import OUTCOME_WORDS, REASONS
from valuation.review.refusals import REFUSALS
from valuation.review.workflow import ACTIONS, STAGES, TAB_WORDS, TRANSITIONS, TURN_WORDS, Transition, sources

_ABOVE = "../"
"""From the reference to the pages beside it."""


def review_page() -> list[str]:
    """Return the lines of docs/reference/review.md."""
    return [
        "# Review",
        "",
        "How a flagged value is settled: the states of a case, who may do what in each, and in which words it is",
        "refused. Drawn from the tables in `valuation/review/`. Why it is so:",
        f"[the review]({_ABOVE}explanation/review.md).",
        "",
        *_states(),
        "",
        *_diagram(),
        "",
        *_steps(),
        "",
        *_roles(),
        "",
        *_reasons(),
        "",
        *_refusals(),
    ]


def _states() -> Iterator[str]:
    yield from ("## States", "", "| State | en | nb | nn | Whose turn it is | Tab |", "|---|---|---|---|---|---|")
    for state, stage in STAGES.items():
        words, turn, tab = stage.title, TURN_WORDS[stage.turn].en, TAB_WORDS[stage.tab].nb
        yield f"| `{state}` | {words.en} | {words.nb} | {words.nn} | {turn} | {tab} |"


def _diagram() -> Iterator[str]:
    yield from (
        "## Diagram",
        "",
        "Steps that lead somewhere else; those that stay where they are stand in the table below. A complaint can be",
        "registered in every state but a complaint's own.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    )
    for source, target, label in _arrows():
        yield f"    {source} --> {target}: {label}"
    yield "```"


def _arrows() -> Iterator[tuple[str, str, str]]:
    labels: dict[tuple[str, str], list[str]] = {}
    for step in TRANSITIONS:
        is_drawn = step.source != step.target and (step.action != "register_complaint" or step.source == "decided")
        if is_drawn:
            named = labels.setdefault((step.source or "[*]", step.target), [])
            named.extend([step.action] if step.action not in named else [])
    for (source, target), actions in labels.items():
        yield source, target, ", ".join(actions)


def _steps() -> Iterator[str]:
    yield from ("## Steps", "", "| Action | From | To | When |", "|---|---|---|---|")
    for action in ACTIONS:
        steps = [step for step in TRANSITIONS if step.action == action]
        for when in dict.fromkeys(step.when for step in steps):
            yield from _rows(action, [step for step in steps if step.when == when], when)


def _rows(action: str, steps: list[Transition], when: str) -> Iterator[str]:
    same = [step for step in steps if step.source == step.target]
    if same:
        yield f"| `{action}` | {', '.join(f'`{step.source}`' for step in same)} | stays | {when} |"
    for target in dict.fromkeys(step.target for step in steps if step not in same):
        froms = [step.source for step in steps if step.target == target and step not in same]
        yield f"| `{action}` | {', '.join(f'`{one}`' if one else '–' for one in froms)} | `{target}` | {when} |"


def _roles() -> Iterator[str]:
    yield from (
        "## Roles",
        "",
        "Deny by default. Everybody with a role sees the cases of their part of the municipality, less what would lead",
        "them.",
        "",
        f"| Action | {' | '.join(ROLE_WORDS[role].en for role in ROLES)} | In the states |",
        f"|---|{'---|' * len(ROLES)}---|",
    )
    for action in ACTIONS:
        marks = " | ".join("yes" if role in PERMITTED[action] else "" for role in ROLES)
        states = ", ".join(f"`{state}`" for state in sources(action) if state)
        yield f"| `{action}`: {ACTION_WORDS[action].en} | {marks} | {states} |"


def _reasons() -> Iterator[str]:
    yield from ("## Outcomes and reasons", "", "| Code | en | nb | nn |", "|---|---|---|---|")
    for outcome, words in OUTCOME_WORDS.items():
        yield f"| `{outcome}` | {words.en} | {words.nb} | {words.nn} |"
    yield from ("", "| Reason | For | en | nb | nn |", "|---|---|---|---|---|")
    for reason in REASONS.values():
        fits = ", ".join(f"`{outcome}`" for outcome in reason.outcomes)
        yield f"| `{reason.code}` | {fits} | {reason.words.en} | {reason.words.nb} | {reason.words.nn} |"


def _refusals() -> Iterator[str]:
    yield from (
        "## Refusals",
        "",
        "The code never changes; the sentence is in the reader's language. Facts that are refused have the codes of",
        f"[try a correction]({_ABOVE}how-to/try-a-correction.md).",
        "",
        "| Code | en | nb | nn |",
        "|---|---|---|---|",
    )
    for code, words in REFUSALS.items():
        yield f"| `{code}` | {words.en} | {words.nb} | {words.nn} |"
