"""How are the pages of one thing called, a file for each language, and how do they lead to one another?"""

from __future__ import annotations

from collections.abc import Sequence

from valuation.languages.language import LANGUAGES, NAMES


def languages_of(wanted: Sequence[str]) -> list[str]:
    """Return the languages a page is written in: those of the jurisdiction, its first one first, and always English.

    Examples
    --------
    >>> languages_of(("nb", "nn")), languages_of(("en",))
    (['nb', 'nn', 'en'], ['en'])
    """
    known = [language for language in wanted if language in LANGUAGES]
    return [*known, *(["en"] if "en" not in known else [])]


def file_in(language: str, languages: Sequence[str]) -> str:
    """Return the file of a page in a language: the first one has the plain name.

    Examples
    --------
    >>> file_in("nb", ("nb", "nn", "en")), file_in("en", ("nb", "nn", "en"))
    ('index.html', 'index.en.html')
    """
    return "index.html" if language == languages[0] else f"index.{language}.html"


def other_pages(language: str, languages: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return language, its own name and file of the same page in every other language.

    Examples
    --------
    >>> other_pages("nn", ("nb", "nn"))
    [('nb', 'Bokmål', 'index.html')]
    """
    return [(other, NAMES[other], file_in(other, languages)) for other in languages if other != language]
