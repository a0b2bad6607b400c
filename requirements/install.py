"""How does `.venv` come to hold exactly what the lock says?

Run by the Makefile with the Python of the machine; imports the standard library only, for nothing else is there yet.
`python3 requirements/install.py demo` makes `.venv` when it is missing, puts a pinned uv beside it, installs
`requirements/demo.txt` with every file checked against its SHA-256, then the project itself. What is there and not in
the lock is removed, so two machines with the same lock hold the same packages.
"""

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LOCKS = HOME / "requirements"
ENVIRONMENT = HOME / ".venv"
SCRIPTS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / "python"
# Beside site-packages, not in it: `uv pip sync` would remove whatever is not in the lock, itself included.
INSTALLER = ENVIRONMENT / "installer"
PROFILES = ("core", "demo", "service", "dev")
OLDEST_PYTHON = (3, 11)


def main(arguments):
    """Build the environment of a profile; the exit code says whether it stands."""
    if len(arguments) != 1 or arguments[0] not in PROFILES:
        return refuse("usage: python3 requirements/install.py " + "|".join(PROFILES), code=2)
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        return refuse(
            "Python " + found + " was found at " + sys.executable + ".",
            "Expected: Python 3.11 or newer.",
            "What to do: install one, or name one you have: make PYTHON=python3.12 ...",
            code=2,
        )
    profile = arguments[0]
    for stamp in ENVIRONMENT.glob("*.stamp"):
        stamp.unlink()
    try:
        make_environment()
        bring_installer()
        install_lock(LOCKS / (profile + ".txt"))
        install_project()
        check_native_libraries()
    except Refused as error:
        return refuse(*error.args)
    # dev holds all that demo holds: after `make test`, `make demo` has nothing to install.
    for done in ("demo", "dev") if profile == "dev" else (profile,):
        (ENVIRONMENT / (done + ".stamp")).touch()
    return 0


class Refused(Exception):
    """The environment cannot be built; the sentences say why and what to do."""


def make_environment():
    """Make `.venv` unless a working one of a young enough Python is there."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    if PYTHON.exists() and succeeds([PYTHON, "-c", test]):
        return
    say("making .venv with " + sys.executable)
    if not succeeds([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], quiet=False):
        raise Refused(
            "python3 -m venv failed.",
            "What to do: install the venv module; on Debian and Ubuntu: apt-get install python3-venv",
        )


def bring_installer():
    """Install the pinned uv with pip, unless the same one is there."""
    lock = LOCKS / "installer.txt"
    mark = INSTALLER / "installed-from.txt"
    if mark.exists() and mark.read_bytes() == lock.read_bytes():
        return
    say("installing the pinned uv")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    hashed = ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
    if not succeeds([*pip, *hashed, "--upgrade", "--target", INSTALLER, "-r", lock], quiet=False):
        raise Refused(
            "pip could not install uv from requirements/installer.txt.",
            "What to do: look at pip's own message above; is the package index reached, is its certificate known?",
        )
    mark.write_bytes(lock.read_bytes())


def install_lock(lock):
    """Make the environment hold what the lock holds; with pip where uv cannot reach the index."""
    say("installing requirements/" + lock.name)
    if succeeds(uv("sync", "--require-hashes", lock), quiet=False):
        return
    say("that failed; trying again with the certificates the system trusts")
    if succeeds(uv("sync", "--system-certs", "--require-hashes", lock), quiet=False):
        return
    say("uv failed; trying the same lock with pip, which is slower")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    if not succeeds([*pip, "--require-hashes", "-r", lock], quiet=False):
        raise Refused("Neither uv nor pip could install requirements/" + lock.name + "; their messages stand above.")


def install_project():
    """Install the project itself, editable, built by the locked setuptools and by nothing fetched."""
    alone = ["--no-deps", "--no-build-isolation", "--editable", HOME]
    if succeeds(uv("install", *alone), quiet=False):
        return
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not succeeds([*pip, *alone], quiet=False):
        raise Refused("The project itself could not be installed; the message stands above.")


def check_native_libraries():
    """LightGBM is compiled against the OpenMP library of the system, which no Python package brings."""
    if not succeeds([PYTHON, "-c", "import lightgbm"]):
        raise Refused(
            "LightGBM does not load; most often the system's OpenMP library is missing.",
            "What to do: on Debian and Ubuntu: apt-get install libgomp1; on macOS: brew install libomp",
        )


def uv(action, *rest):
    """Return the command line of a `uv pip` action on `.venv`."""
    return [INSTALLER / "bin" / "uv", "pip", action, "--quiet", "--python", PYTHON, *rest]


def environment_of_commands():
    """Return the environment for uv: what the machine's pip was told about certificates and index holds for uv too."""
    variables = dict(os.environ)
    # Without bytecode the first import of everything takes seconds longer.
    variables["UV_COMPILE_BYTECODE"] = "1"
    variables.pop("VIRTUAL_ENV", None)
    # `pip install --user` by default would refuse a target of its own.
    variables["PIP_USER"] = "0"
    for name, pip_name in (
        ("SSL_CERT_FILE", "cert"),
        ("UV_DEFAULT_INDEX", "index-url"),
        ("UV_HTTP_TIMEOUT", "timeout"),
    ):
        known = pip_setting(pip_name)
        if known and name not in variables:
            variables[name] = known
    return variables


def pip_setting(name):
    """Return what pip is told by its variables or its configuration files, or an empty text."""
    from_variable = os.environ.get("PIP_" + name.upper().replace("-", "_"), "")
    if from_variable or not PYTHON.exists():
        return from_variable
    # Lines such as global.cert='/etc/ssl/certs/office.pem'
    found = re.findall(r"^(?:global|install)\." + name + r"='(.*)'$", pip_configuration(), flags=re.MULTILINE)
    return found[-1] if found else ""


@lru_cache(maxsize=None)  # noqa: UP033 - functools.cache is younger than the Pythons this must refuse with a sentence
def pip_configuration():
    """Return what `pip config list` prints."""
    asked = [str(PYTHON), "-m", "pip", "config", "list"]
    return subprocess.run(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout


def succeeds(command, quiet=True):
    """Run a command and return whether it ended well."""
    silence = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    return (
        subprocess.run(words, env=environment_of_commands(), stdout=silence, stderr=silence, check=False).returncode
        == 0
    )


def say(sentence):
    """Tell the person what is going on."""
    print("environment: " + sentence, file=sys.stderr, flush=True)


def refuse(*sentences, code=1):
    """Print the sentences and return the exit code."""
    print("\n".join(sentences), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
