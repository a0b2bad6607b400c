"""What can be done with a case? Every action of the review, each in the transaction it is given.

An action checks who acts and when (`valuation/review/permissions.py`), moves the case as the table of transitions says
(`valuation/review/workflow.py`), and appends its audit event. Pages, the API and files call these and nothing else.
"""

from valuation.review.actions.complaining import (
    answer_argument,
    decide_complaint,
    due_on,
    pursue,
    register_complaint,
    register_complaint_on_value,
)
from valuation.review.actions.deciding import approve, decide, send_back
from valuation.review.actions.opening import case_id_of, new_case, open_case
from valuation.review.actions.reserving import release_reservation, reserve
from valuation.review.actions.together import CaseToDecide, CheckedRow, check_rows, decide_alike, decide_rows, spread
from valuation.review.actions.undoing import declare_conflict, record_inspection, reopen, send_on
from valuation.review.actions.working import begin, give_own_view, propose_correction, save_draft
from valuation.review.choice import Choice
from valuation.review.desk import Desk

__all__ = [
    "CaseToDecide",
    "CheckedRow",
    "Choice",
    "Desk",
    "answer_argument",
    "approve",
    "begin",
    "case_id_of",
    "check_rows",
    "decide",
    "decide_alike",
    "decide_complaint",
    "decide_rows",
    "declare_conflict",
    "due_on",
    "give_own_view",
    "new_case",
    "open_case",
    "propose_correction",
    "pursue",
    "record_inspection",
    "register_complaint",
    "register_complaint_on_value",
    "release_reservation",
    "reopen",
    "reserve",
    "save_draft",
    "send_back",
    "send_on",
    "spread",
]
