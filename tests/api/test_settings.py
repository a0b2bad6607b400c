"""Is a setting that is missing or wrong explained?"""

from __future__ import annotations

import pytest

from api.settings import read_settings
from valuation.errors import WrongUse


def test_a_missing_setting_is_named_with_what_to_do(monkeypatch):
    monkeypatch.delenv("VALUATION_BUNDLE", raising=False)
    with pytest.raises(WrongUse, match="VALUATION_BUNDLE is not set") as refused:
        read_settings()
    assert "docs/reference/service-settings.md" in refused.value.expected


def test_a_setting_that_cannot_be_is_named(monkeypatch):
    monkeypatch.setenv("VALUATION_BUNDLE", "somewhere")
    monkeypatch.setenv("VALUATION_MAX_BODY_BYTES", "none")
    with pytest.raises(WrongUse, match="VALUATION_MAX_BODY_BYTES cannot be used"):
        read_settings()


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("VALUATION_BUNDLE", "somewhere")
    assert read_settings().bundle.name == "somewhere"
