"""How is the service set, and where does each setting come from? Everything is shown but what opens something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from api.access.settings import PREFIX
from api.settings import Settings, read_settings
from valuation.errors import ValuationError

HIDDEN = "(set, not shown)"
_PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*):[^@\s]*@")


@dataclass(frozen=True)
class ToldSetting:
    """A setting as it is shown."""

    variable: str
    value: str
    source: str
    """`environment` or `default`; `missing` where it is needed and not set."""


@dataclass(frozen=True)
class ToldSettings:
    """All of them, and what stands against starting with them."""

    settings: tuple[ToldSetting, ...]
    problems: tuple[str, ...]
    unknown: tuple[str, ...]
    """Variables that look like settings and are none: misspelt ones do nothing, silently."""

    def lines(self) -> list[str]:
        """Return a line for each, aligned."""
        width = max(len(one.variable) for one in self.settings)
        told = [f"{one.variable:{width}}  {one.value or '(empty)'}  [{one.source}]" for one in self.settings]
        return told + [f"{name:{width}}  is no setting of the service  [environment]" for name in self.unknown]

    def as_json(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {
            "settings": {one.variable: {"value": one.value, "source": one.source} for one in self.settings},
            "problems": list(self.problems),
            "unknown": list(self.unknown),
        }


def told_settings(environment: Mapping[str, str]) -> ToldSettings:
    """Return the settings of the environment as they may be shown to anybody who may see the machine.

    Parameters
    ----------
    environment : mapping
        As `os.environ`.
    """
    problems: list[str] = []
    settings = None
    try:
        settings = read_settings()
        problems += settings.unsafe()
    except ValuationError as error:
        problems.append(str(error))
    told = tuple(_told(name, settings, environment) for name in Settings.model_fields)
    known = {one.variable for one in told}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known | ELSEWHERE)
    return ToldSettings(told, tuple(problems), tuple(unknown))


ELSEWHERE = {f"{PREFIX}TEST_POSTGRESQL_URL", f"{PREFIX}TEST_NEEDS_POSTGRESQL"}
"""Variables of the tests."""


def _told(name: str, settings: Settings | None, environment: Mapping[str, str]) -> ToldSetting:
    variable = f"{PREFIX}{name.upper()}"
    field = Settings.model_fields[name]
    is_set = variable in environment
    source = "environment" if is_set else "missing" if field.is_required() else "default"
    if settings is not None:
        value = getattr(settings, name)
    else:
        value = environment.get(variable, "" if field.is_required() else field.get_default(call_default_factory=True))
    is_secret = field.annotation is SecretStr
    return ToldSetting(variable, _shown(value, is_secret=is_secret), source)


def _shown(value: Any, *, is_secret: bool) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if is_secret:
        return HIDDEN if text else ""
    if isinstance(value, tuple):
        text = ", ".join(value)
    return without_password(text)


def without_password(address: str) -> str:
    """Return an address without the password in it.

    Examples
    --------
    >>> without_password("postgresql://valuation:kjempehemmelig@db/valuation")
    'postgresql://valuation:***@db/valuation'
    """
    return _PASSWORD_IN_URL.sub(r"\1:***@", address)
