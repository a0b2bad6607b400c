"""Every error the domain raises. People read them: what was found, what was expected, what to do.

The family::

    ValuationError                exit 1   something failed
    ├── WrongUse                  exit 2   the command or the call is wrong
    │   └── CursorRefused                  a list cannot go on from where it is told to
    ├── InputRefused              exit 3   the data is not what the jurisdiction file says
    │   ├── JurisdictionRefused            the jurisdiction file itself
    │   ├── RawTableRefused                a raw file cannot be read as what it should be
    │   ├── TooManyRejectedRows            more rows quarantined than the set share
    │   ├── TooFewSales                    too few sales for the question asked (also a ValueError)
    │   ├── NoAnswer                       a question about one dwelling has no number as its answer; says why
    │   ├── ActionRefused                  a rule of the review stands against it; says which, with a code
    │   ├── AccessRefused                  who asks is not known here or may not do this; says why, with a code
    │   ├── SettingsRefused                the service cannot start with these settings
    │   └── NotFound                       there is no such case, roll or value, or not for this actor
    │       ├── CaseNotFound
    │       ├── JobNotFound
    │       ├── RollNotFound
    │       └── ValueNotFound
    ├── BundleRefused             exit 3   a model bundle is changed, cut or of another version
    ├── RecordRefused             exit 3   the record of which version is live is changed or cut
    ├── GateNotPassed             exit 4   a check stands between this result and its use
    ├── DriftFound                exit 4   new sales do not fit the live version as its holdout did
    ├── Interrupted               exit 5   stopped on the way; can be resumed
    └── Locked                    exit 75  somebody else is writing here; try again
        ├── CaseChanged                    somebody else stored another version of this case
        ├── RequestRunning                 the same request is being answered already
        ├── StoreUnavailable               the database cannot be reached
        │   ├── StoreBusy                  somebody else writes in it and does not come to an end
        │   └── DiskFull                   what is to be kept has no room
        └── IssuerUnavailable              the municipality's login cannot be reached
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pandas import DataFrame


_PATH = re.compile(r"(?<![\w:/.-])/(?!api/)(?:[^\s/'\"(),;]+/)+([^\s/'\"(),;]*)")
"""A path of this machine; an address of the API begins with /api/ and is told."""


class ValuationError(Exception):
    """Anything this product can explain to the person who uses it.

    Parameters
    ----------
    found : str
        What was found, with its place (file, line, column, value).
    expected : str, optional
        What was expected instead.
    remedy : str, optional
        What to do now.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, found: str, *, expected: str = "", remedy: str = "") -> None:
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the sentences in the order they are read."""
        parts = [self.found]
        if self.expected:
            parts.append(f"Expected: {self.expected}")
        if self.remedy:
            parts.append(f"What to do: {self.remedy}")
        return "\n".join(parts)

    def told_outside(self, *folders: str) -> str:
        """Return the sentences for whoever does not sit at this machine: names of files, and not where they lie.

        Parameters
        ----------
        *folders : str
            Known ones that are taken away whole, also those with a space in their names.

        Examples
        --------
        >>> ValuationError("/srv/archive/roll.parquet is cut", remedy="ask GET /api/v1/rolls").told_outside()
        'roll.parquet is cut ask GET /api/v1/rolls'
        """
        text = " ".join(part for part in (self.found, self.expected, self.remedy) if part)
        for folder in sorted(filter(None, folders), key=len, reverse=True):
            text = text.replace(f"{folder}/", "").replace(folder, "…")
        return _PATH.sub(r"\1", text)


class WrongUse(ValuationError):
    """The command or call cannot be meant as it stands, or a path it names is not there or of another kind."""

    exit_code = 2


class CursorRefused(WrongUse):
    """A list is to go on from a place that is none, or a place in another list."""


class InputRefused(ValuationError):
    """The data is not what was promised; nothing was written.

    Attributes
    ----------
    table : pandas.DataFrame or None
        Every row that was refused, where there is such a table: columns as in `ingest/rejected_rows.csv`.
    """

    exit_code = 3

    def __init__(self, found: str, *, expected: str = "", remedy: str = "", table: DataFrame | None = None) -> None:
        self.table = table
        super().__init__(found, expected=expected, remedy=remedy)


class JurisdictionRefused(InputRefused):
    """The jurisdiction file is wrong; the message names file and line."""


class RawTableRefused(InputRefused):
    """A raw file cannot be read as what the jurisdiction file says it is."""


class TooManyRejectedRows(InputRefused):
    """More rows were quarantined than `ingest.max_rejected_share` allows; `table` lists all of them."""


class TooFewSales(InputRefused, ValueError):
    """Too few sales for what is asked of them."""


class NoAnswer(InputRefused):
    """A question about one dwelling gets no number; the reason is told in the reader's language, with a code."""

    def __init__(self, found: str, *, expected: str = "", remedy: str = "", code: str = "") -> None:
        self.code = code
        super().__init__(found, expected=expected, remedy=remedy)

    def __str__(self) -> str:
        """Return the sentences as they are: whole ones, in the reader's language, with no word before them."""
        return "\n".join(part for part in (self.found, self.expected, self.remedy) if part)


class BundleRefused(ValuationError):
    """A model bundle was changed, is incomplete, or is of a version this code does not read."""

    exit_code = 3


class RecordRefused(ValuationError):
    """The record of which version is or was live does not hang together: an entry was changed, cut or taken out."""

    exit_code = 3


class GateNotPassed(ValuationError):
    """A check stands between this result and its use."""

    exit_code = 4


class DriftFound(ValuationError):
    """New sales do not fit the live version as its holdout did: `valuation drift` has raised an alarm."""

    exit_code = 4


class Interrupted(ValuationError):
    """Work stopped on the way and can be resumed."""

    exit_code = 5


class Locked(ValuationError):
    """Another process is writing the same output."""

    exit_code = 75


class ActionRefused(InputRefused):
    """A rule of the review stands against this action: a sentence for the person, and a code for machines.

    Attributes
    ----------
    code : str
        Stable, such as `nobody-approves-their-own`; the same on pages and in the API.
    pointer : str
        The field it is about, as a JSON pointer such as `/text`; empty where it is about none.
    words : mapping of str to str
        The sentence by language (nb, nn, en); empty where only `found` is there.
    also : tuple of ActionRefused
        What else stands against it, so that a person corrects all of it at once.
    """

    def __init__(
        self,
        found: str,
        *,
        expected: str = "",
        remedy: str = "",
        code: str,
        pointer: str = "",
        words: Mapping[str, str] | None = None,
        also: tuple[ActionRefused, ...] = (),
    ) -> None:
        self.code = code
        self.pointer = pointer
        self.words: Mapping[str, str] = words or {}
        self.also = also
        super().__init__(found, expected=expected, remedy=remedy)

    def in_language(self, language: str) -> str:
        """Return the sentence in a language, or in English where it has none."""
        return self.words.get(language, self.found)

    def all(self) -> tuple[ActionRefused, ...]:
        """Return this refusal and those beside it, in the order of the fields."""
        return (self, *self.also)


class AccessRefused(InputRefused):
    """Who asks is not known here, or may not do this.

    Attributes
    ----------
    code : str
        Stable, such as `no-role`; the same on pages and in the API.
    """

    def __init__(self, found: str, *, expected: str = "", remedy: str = "", code: str) -> None:
        self.code = code
        super().__init__(found, expected=expected, remedy=remedy)


class SettingsRefused(InputRefused):
    """The service cannot start with these settings: one is missing, cannot be meant, or would not be safe."""


class NotFound(InputRefused):
    """There is no such thing, or this actor may not know of it: both are answered alike."""


class CaseNotFound(NotFound):
    """There is no such case, or not for this actor."""


class JobNotFound(NotFound):
    """There is no such revaluation."""


class RollNotFound(NotFound):
    """There is no such roll."""


class ValueNotFound(NotFound):
    """There is no such released value, or not for this actor."""


class CaseChanged(Locked):
    """Somebody else stored another version of this case.

    Attributes
    ----------
    current : valuation.review.case.ReviewCase
        The case as it stands, so that both versions can be shown and nothing typed is lost.
    """

    def __init__(self, current: Any) -> None:
        self.current = current
        super().__init__(
            f"case {current.case_id} was changed by somebody else and is now version {current.version}",
            expected="the version the change was made from",
            remedy="look at what changed and send your text again",
        )


class RequestRunning(Locked):
    """A request with the same idempotency key is being answered; asked again, it gives that answer."""


class StoreUnavailable(Locked):
    """The database cannot be reached now; nothing was changed."""


class StoreBusy(StoreUnavailable):
    """Somebody else writes in the database and did not come to an end in time; nothing was changed."""


class DiskFull(StoreUnavailable):
    """The disk has no room for what is to be kept, or fails; nothing was changed."""

    SAID = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
    """What a system says (`OSError.errno`) of a disk that takes nothing more: it is full, or it fails."""


class IssuerUnavailable(Locked):
    """The municipality's login cannot be reached or does not answer as it must; nobody can log in now."""
