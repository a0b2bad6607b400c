"""What does a flag mean? One page of the reference per rule, written from the rule itself."""

from __future__ import annotations

from valuation.flags.catalogue import RULES
from valuation.flags.flag import FlagRule
from valuation.pipeline.params import FlagParams

_LEVEL = {
    "dwelling": "Judged by what is known of the dwelling and of the sales: the same alone as in the roll.",
    "roll": "Judged among the other dwellings, when the whole roll is valued: `appraise` alone never raises it.",
}
_SEVERITY = {
    "note": "told beside the value; opens no case by itself",
    "draw": "a person looks at the value, though nothing speaks against it",
    "review": "a person must look at the value before it is decided",
    "stop": "there is no value",
}


def flag_pages() -> dict[str, str]:
    """Return the pages of docs/reference/flags/ by file name."""
    return {"README.md": _index(), **{f"{rule.code}.md": flag_page(rule) for rule in RULES}}


def _index() -> str:
    lines = ["# Flags", "", "One rule, one code, one sentence. A code never changes: it stands in stored values.", ""]
    lines += [
        "Its number, its limit and where they come from stand in `flags.parquet`, one row per flag of a dwelling.",
        "",
    ]
    lines += ["| Code | Title | Severity | Judged by |", "|---|---|---|---|"]
    lines += [
        f"| [`{rule.code}`]({rule.code}.md) | {rule.title.en} | {rule.severity} | {rule.level} |" for rule in RULES
    ]
    lines += ["", *(f"- **{name}**: {meaning}." for name, meaning in _SEVERITY.items())]
    return "\n".join([*lines, ""])


def flag_page(rule: FlagRule) -> str:
    """Return the page of a rule."""
    defaults = FlagParams.model_validate({})
    lines = [f"# {rule.code}", "", f"**{rule.title.en}**. {rule.explanation}", ""]
    lines += [f"Severity: {rule.severity} ({_SEVERITY[rule.severity]}). {_LEVEL[rule.level]}", ""]
    lines += ["| | Title | Sentence |", "|---|---|---|"]
    lines += [
        f"| {language} | {rule.title.in_language(language)} | {rule.sentence.in_language(language)} |"
        for language in ("en", "nb", "nn")
    ]
    if rule.settings:
        lines += ["", "| Setting (section `flags`) | Default |", "|---|---|"]
        lines += [f"| `{name}` | {getattr(defaults, name):g} |" for name in rule.settings]
    module = rule.find.__module__.replace(".", "/")
    return "\n".join([*lines, "", f"Rule: `{module}.py`.", ""])
