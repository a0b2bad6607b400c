"""What does the letter say in a language? Catalogues of translated sentences, compiled when they are first asked for.

The English sentence is the key; `locale/<language>/LC_MESSAGES/letters.po` has it in bokmål and nynorsk, each written
by ear. No compiled catalogue is kept: there is nothing that could be older than its source.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

SOURCE_LANGUAGE = "en"
"""The language the keys are in."""
_LOCALE = Path(__file__).parent / "locale"


def catalogue_file(language: str) -> Path:
    """Return where the sentences of a language stand."""
    return _LOCALE / language / "LC_MESSAGES" / "letters.po"


@cache
def sentences(language: str) -> NullTranslations:
    """Return the sentences of a language; of English, the keys themselves.

    Parameters
    ----------
    language : str
        nb, nn or en.
    """
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalogue_file(language).open("rb") as stream:
        catalogue = read_po(stream, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
