"""In which order do workers take files? The longest first, so that none works on alone when the others have ended.

A worker takes the next file when it has ended its own (`--dist loadfile --no-loadscope-reorder`). Each of these takes
ten seconds of a processor or more; the rest follow in the order in which pytest found them. Two that begin at once come
first: one makes the small run, the other does not wait for it.
"""

from __future__ import annotations

LONGEST_FIRST = (
    "tests/api/test_description.py",
    "tests/contracts/test_review_repository.py",
    "tests/valuation/pipeline/test_run.py",
    "tests/valuation/pipeline/test_graph.py",
    "tests/api/test_serving.py",
    "tests/api/test_tutorial_service.py",
    "tests/journeys/test_a_case_is_settled.py",
    "tests/valuation/command_line/test_main.py",
    "tests/valuation/disclosure/test_notebooks.py",
    "tests/journeys/test_versions_on_pages.py",
    "tests/valuation/adapters/test_weasyprint_letters.py",
    "tests/api/pages/test_version_pages.py",
    "tests/valuation/command_line/test_letter.py",
    "tests/journeys/test_many_cases.py",
    "tests/journeys/test_by_keyboard.py",
    "tests/api/test_switching.py",
    "tests/valuation/release/test_promotion.py",
    "tests/valuation/comparison/test_paired.py",
    "tests/valuation/adapters/sql_store/test_killed.py",
    "tests/api/test_revaluations.py",
    "tests/valuation/report/test_bad_input.py",
    "tests/valuation/report/test_page.py",
    "tests/valuation/release/test_release_check.py",
    "tests/journeys/test_pages_in_a_browser.py",
    "tests/valuation/ratio_study/test_confidence.py",
    "tests/valuation/review/test_any_course.py",
    "tests/api/test_model_versions.py",
    "tests/api/access/test_oidc.py",
    "tests/valuation/letters/test_records.py",
    "tests/api/pages/test_case_pages.py",
    "tests/contracts/test_roll_repository.py",
    "tests/valuation/command_line/test_tokens.py",
)
