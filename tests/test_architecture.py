"""Do imports point inward? Read from the source, so that a module nobody runs in a test is judged too."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
PACKAGE = HOME / "valuation"
MODULES = sorted(PACKAGE.rglob("*.py"))
SERVICE = HOME / "api"
SERVICE_MODULES = sorted(SERVICE.rglob("*.py"))

# What each part of the domain may stand on, in the order in which a value is made. `settings` is
# valuation/pipeline/params.py: the objects that params.yaml becomes, imported by whoever is set by them.
GROUND = {"errors", "progress", "stored", "settings", "languages", "dwellings", "jurisdictions"}
MAY_STAND_ON = {
    "errors": set(),
    "progress": set(),
    "stored": {"errors"},
    "privacy": set(),
    "languages": {"errors"},
    "settings": {"errors"},
    "dwellings": {"errors"},
    "jurisdictions": {"errors", "dwellings"},
    "sales": GROUND,
    "features": GROUND | {"sales"},
    "models": GROUND | {"sales", "features"},
    "uncertainty": GROUND | {"sales", "features", "models", "ratio_study"},
    "ratio_study": GROUND | {"sales"},
    "flags": GROUND | {"sales", "features", "models", "uncertainty", "ratio_study"},
    "explanation": GROUND | {"sales", "features", "models", "flags"},
    "report": GROUND | {"sales", "uncertainty", "ratio_study", "flags"},
    "appraisal": GROUND | {"sales", "features", "models", "uncertainty", "flags", "explanation", "tax"},
    "reasons": GROUND | {"features", "models", "flags", "explanation", "appraisal"},
    "tax": {"errors", "dwellings", "jurisdictions"},
    "comparison": GROUND | {"models", "uncertainty", "ratio_study", "flags", "appraisal", "tax", "report"},
    "release": GROUND
    | {"models", "uncertainty", "ratio_study", "flags", "appraisal", "reasons", "comparison", "report"},
    "drift": GROUND | {"sales", "uncertainty", "ratio_study", "flags", "appraisal", "comparison", "report", "release"},
    "disclosure": GROUND | {"models", "ratio_study", "flags", "explanation", "appraisal", "features", "report"},
    # Rules of people and of the record: they know neither web nor database nor clock.
    "review": GROUND | {"flags", "explanation", "appraisal", "tax", "reasons"},
    # Who may what: it knows actors and their roles, and nothing of what they do.
    "access": {"errors", "privacy", "review"},
    "rolls": GROUND | {"flags", "explanation", "appraisal", "reasons", "tax", "review"},
    "letters": GROUND | {"flags", "explanation", "appraisal", "reasons", "tax", "disclosure", "review"},
    # It knows the true values: nothing that values may know it, and it may know nothing that values.
    "simulation": GROUND,
}
DOMAIN = set(MAY_STAND_ON)
OUTSIDE = {
    "adapters": DOMAIN - {"simulation"},
    "pipeline": DOMAIN - {"simulation"} | {"adapters"},
    "command_line": DOMAIN | {"adapters", "pipeline"},
    "__main__": {"command_line"},
}

FRAMEWORKS = {
    *("fastapi", "starlette", "flask", "django", "aiohttp", "uvicorn", "gunicorn"),  # web
    *("mlflow", "dvc", "dvclive"),  # tracking and versions of data
    *("sqlalchemy", "alembic", "sqlite3", "psycopg", "psycopg2", "asyncpg", "duckdb"),  # databases
    *("dask", "distributed"),  # many machines
    *("weasyprint", "pydyf"),  # typesetting
}
# Reading one of these runs code from the file; and a plain-text model still opens in ten years.
UNSAFE_FORMATS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "skops"}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}


@cache
def syntax_of(path: Path) -> ast.Module:
    """Return the parsed source."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def part_of(module: str) -> str:
    """Return the part of the product a dotted module name belongs to."""
    if module.startswith("valuation.pipeline.params"):
        return "settings"
    return module.split(".")[1] if "." in module else ""


def name_of(path: Path) -> str:
    """Return the dotted name of a source file."""
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Return line and dotted name of everything a file imports, also inside functions."""
    found = []
    for node in ast.walk(syntax_of(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            # `from valuation.pipeline import params` imports a module; a class is no harm here, it shares the part.
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
    return found


def breaches(allowed: dict[str, set[str]]) -> list[str]:
    """Return each import of ours that its part may not make, as file, line and name."""
    return [
        f"{path.relative_to(HOME)}:{line} imports {target}"
        for path in MODULES
        for line, target in imports_of(path)
        if part_of(name_of(path)) in allowed and target.startswith("valuation.")
        if part_of(target) not in {part_of(name_of(path)), *allowed[part_of(name_of(path))]}
    ]


def importers_of(names: set[str], *, outside: set[str], of: list[Path] = MODULES) -> list[str]:
    """Return each import of one of the top-level modules in `names` made outside the named parts."""
    return [
        f"{path.relative_to(HOME)}:{line} imports {target}"
        for path in of
        for line, target in imports_of(path)
        if target.split(".")[0] in names and part_of(name_of(path)) not in outside
    ]


def test_every_part_has_its_place_in_the_order():
    parts = {part_of(name_of(path)) for path in MODULES} - {""}
    assert parts <= DOMAIN | set(OUTSIDE)


def test_the_domain_imports_only_what_lies_further_inward():
    assert breaches(MAY_STAND_ON) == []


def test_what_lies_outside_the_domain_imports_in_order_too():
    assert breaches(OUTSIDE) == []


def test_no_part_of_the_domain_stands_on_itself_by_a_detour():
    order = list(MAY_STAND_ON)
    standing = {name: set(ground) for name, ground in MAY_STAND_ON.items()}
    for _ in order:
        standing = {name: ground.union(*(standing[below] for below in ground)) for name, ground in standing.items()}
    assert [name for name in order if name in standing[name]] == []


def test_frameworks_are_imported_by_adapters_alone():
    assert importers_of(FRAMEWORKS, outside={"adapters"}) == []


# What may hold a parser of the web, a driver or a process: `main` chooses adapters, `access` signs people in.
CHOOSES_ADAPTERS = {"main"}
DRIVERS = {"sqlalchemy", "alembic", "sqlite3", "psycopg", "mlflow", "dvc"}
# What keeps the process running, and what reads the heads of requests for it.
KEEPS_RUNNING = {"server", "http_protocol"}


def test_the_domain_knows_nothing_of_the_service():
    assert importers_of({"api"}, outside={"command_line"}) == []


def test_adapters_are_chosen_where_the_service_is_put_together_and_nowhere_else():
    chosen = [
        f"{path.relative_to(HOME)}:{line} imports {target}"
        for path in SERVICE_MODULES
        for line, target in imports_of(path)
        if target.startswith(("valuation.adapters", "valuation.command_line"))
        if part_of(name_of(path)) not in CHOOSES_ADAPTERS
    ]
    assert chosen == []


def test_the_service_touches_no_database_and_no_tracking_but_through_a_port():
    assert importers_of(DRIVERS, outside=CHOOSES_ADAPTERS, of=SERVICE_MODULES) == []
    assert importers_of({"uvicorn"}, outside=KEEPS_RUNNING, of=SERVICE_MODULES) == []


def test_what_travels_on_the_wire_stops_at_the_route():
    outward = [
        f"{path.relative_to(HOME)}:{line} imports {target}"
        for path in (SERVICE / "schemas").rglob("*.py")
        for line, target in imports_of(path)
        if target.startswith("api.") and not target.startswith("api.schemas")
    ]
    assert outward == []


def test_no_relative_imports():
    relative = [
        f"{name_of(path)}:{line}"
        for path in [*MODULES, *SERVICE_MODULES]
        for line, target in imports_of(path)
        if target.startswith(".")
    ]
    assert relative == []


def test_nothing_is_kept_in_a_format_that_can_run_code():
    assert importers_of(UNSAFE_FORMATS, outside=set(), of=[*MODULES, *SERVICE_MODULES]) == []


def test_pandas_is_not_asked_for_pickles_either():
    calls = [
        f"{path.relative_to(HOME)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"to_pickle", "read_pickle"}
    ]
    assert calls == []


def test_no_module_has_a_name_that_says_nothing():
    folders = ("valuation", "api", "tests", "benchmarks", "docs")
    sources = [path.relative_to(HOME) for folder in folders for path in (HOME / folder).rglob("*.py")]
    assert [str(path) for path in sources if NAMES_THAT_SAY_NOTHING & set(path.with_suffix("").parts)] == []


def test_every_module_says_what_question_it_answers():
    sources = [*MODULES, *SERVICE_MODULES]
    silent = [str(path.relative_to(HOME)) for path in sources if ast.get_docstring(syntax_of(path)) is None]
    assert silent == []


HEAVY = {
    *("pandas", "numpy", "scipy", "sklearn", "lightgbm", "pyarrow", "pandera", "matplotlib", "pyproj", "shap", "numba"),
    *("optuna", "mlflow", "dvc"),
    *("babel", "jinja2", "weasyprint"),
}
ASK_FOR_HELP = """
import json, sys
from valuation.command_line.main import main
try:
    main()
except SystemExit as ended:
    code = ended.code
print(json.dumps([code or 0, sorted({name.split(".")[0] for name in sys.modules})]), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["revalue", "--help"], ["letter", "--help"]])
def test_help_is_answered_without_loading_what_values(words):
    # By what is loaded, not by the clock: a busy machine must not fail a test.
    asked = subprocess.run([sys.executable, "-c", ASK_FOR_HELP, *words], capture_output=True, text=True, check=True)
    code, loaded = json.loads(asked.stderr.splitlines()[-1])
    assert code == 0
    assert HEAVY & set(loaded) == set()


GROWERS = [path for path in [*MODULES, *SERVICE_MODULES] if any(name == "lightgbm" for _, name in imports_of(path))]


@pytest.mark.parametrize("path", GROWERS, ids=name_of)
def test_lightgbm_is_told_one_thread_wherever_it_is_called(path):
    # Two calls at a time that name different numbers end the process: docs/decisions/0032.
    nodes = list(ast.walk(syntax_of(path)))
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    named = [word.value for call in calls for word in call.keywords if word.arg == "num_threads"]
    for node in (node for node in nodes if isinstance(node, ast.Dict)):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        named += [value for key, value in zip(keys, node.values, strict=True) if key == "num_threads"]
    asks = [
        call.lineno
        for call in calls
        if call.func.attr == "predict" and not {"num_threads", "n_threads"} & {word.arg for word in call.keywords}
    ]
    grows = any(call.func.attr == "train" and ast.unparse(call.func.value) == "lgb" for call in calls)
    assert asks == []
    assert [ast.unparse(value) for value in named if ast.unparse(value) != "1"] == []
    assert bool(named) >= grows
