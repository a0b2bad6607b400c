"""How is a page written that has the look of the report and templates of its own? In every language of the place.

Promotion, new sales and the comparison of two versions each write such pages: files that open without a server and lead
to one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from valuation.languages.files import file_in, languages_of, other_pages
from valuation.languages.spoken import speaking
from valuation.report.blocks import templates

if TYPE_CHECKING:
    from jinja2 import Environment


def in_every_language(wanted: Sequence[str], write: Callable[[str, Sequence[str]], str]) -> dict[str, str]:
    """Return file name to HTML in every language a page is written in.

    Parameters
    ----------
    wanted : sequence of str
        Languages of the jurisdiction.
    write : function of a language and of all
        Returns the page.
    """
    languages = languages_of(wanted)
    return {file_in(language, languages): write(language, languages) for language in languages}


def rendered(
    package: str, template: str, language: str, languages: Sequence[str], content: Callable[[], Mapping[str, Any]]
) -> str:
    """Return a page in one language, which leads to the others.

    Parameters
    ----------
    package : str
        In whose folder `templates` the template lies.
    template : str
    language : str
    languages : sequence of str
        All that the page is written in.
    content : function
        Returns what the template places, said in the language that is spoken.
    """
    with speaking(language):
        page: str = (
            environment_of(package)
            .get_template(template)
            .render(language=language, others=other_pages(language, languages), **content())
        )
    return page


def environment_of(package: str) -> Environment:
    """Return the templates of a package, before those of the report."""
    from jinja2 import ChoiceLoader, PackageLoader

    environment = templates()
    ours = PackageLoader(package, "templates")
    environment.loader = ChoiceLoader([ours, environment.loader or ours])
    return environment
