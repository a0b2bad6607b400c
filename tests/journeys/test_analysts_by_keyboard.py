"""Can an analyst do everything without a mouse? Every control of their pages is walked to, and a version proposed."""

from __future__ import annotations

import pytest

from tests.api.two_versions import REASON
from tests.journeys.an_office import CHROMIUM, Office
from tests.journeys.test_by_keyboard import follow, press, write
from tests.journeys.test_versions_on_pages import LONG_MS, office, versions

__all__ = ["office"]
"""Fixtures: pytest finds them here."""
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")

# What somebody who walks with Tab meets: which of all controls, whether it can be told from its neighbours, how many.
WHERE = """() => {
  const at = document.activeElement, seen = one => one && getComputedStyle(one);
  // Of the choices of a group the keyboard meets the chosen one; arrows lead to the others.
  const isMet = one => one.checkVisibility() && (one.type !== 'radio' || one.checked);
  const controls = "a[href], button, summary, input:not([type=hidden]), select, textarea, [tabindex='0']";
  const all = [...document.querySelectorAll(controls)].filter(isMet);
  const isSeen = [at, at.closest("ds-field, label")].map(seen).some(style => style &&
    ((style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'));
  return [all.indexOf(at), isSeen, all.length];
}"""
ANALYSTS_PAGES = (
    "/model-versions",
    "/comparisons",
    "/drift",
    "/how-this-works",
    "/accessibility",
    "/model-versions/{waiting}",
    "{gates}",
    "{comparison}",
)


@pytest.fixture(scope="module")
def answers(office: Office) -> dict[str, str]:
    """Where the answers of the gates and of a comparison stand, once they are there."""
    per, found = office.desk("per"), {}
    found["waiting"] = versions(per)[-1]
    asked = {"gates": (f"/model-versions/{found['waiting']}", "form[action$='/gates'] button", "#gate-coverage")}
    asked["comparison"] = ("/comparisons", "form[action='/comparisons'] button", "#movers")
    for name, (address, button, answer) in asked.items():
        per.goto(address)
        per.click(button)
        per.wait_for_selector(answer, timeout=LONG_MS)
        found[name] = per.url
    per.context.close()
    return found


@pytest.mark.parametrize("address", ANALYSTS_PAGES)
def test_tab_leads_an_analyst_through_every_control_in_its_order_and_shows_where_one_is(office, answers, address):
    page = office.desk("per")
    page.goto(address.format(**answers))
    n = page.evaluate(WHERE)[2]
    met = []
    for _ in range(n):
        page.keyboard.press("Tab")
        met.append(page.evaluate(WHERE)[:2])
    assert n > 10
    assert met == [[place, True] for place in range(n)]


def test_a_version_is_proposed_not_confirmed_by_oneself_and_turned_down_by_keyboard_alone(office, answers):
    per, astrid = office.desk("per"), office.desk("astrid")
    per.goto(answers["gates"])
    press(per, "summary")
    write(per, "#reason", REASON)
    follow(per, "form[action$='/propose'] button")
    assert "Foreslått" in per.inner_text("[role=status]")
    per.goto("/model-versions")
    follow(per, "form[action$='/confirm'] button")
    assert "En annen må logge inn" in per.inner_text("main")
    astrid.goto("/model-versions")
    follow(astrid, "form[action$='/withdraw'] button")
    told = [(one.actor, one.action) for one in office.reviews.events(subject_kind="model_version")][-3:]
    assert told == [("per", "propose_version"), ("per", "refused"), ("astrid", "withdraw_version")]
