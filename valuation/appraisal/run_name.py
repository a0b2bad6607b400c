"""What do people call a run? Its date and two Norwegian words: easy to say on the telephone, hard to mistake."""

from __future__ import annotations

import hashlib
from datetime import date

# Nouns of one gender, so that the adjective fits whatever is drawn.
_FIRST = (
    "blå grønn rød gul hvit svart stille rask myk klar dyp høy lav lys mørk varm kald frisk gammel ny stor liten rund "
    "smal brei vill rolig munter trygg modig lett tung"
).split()
_SECOND = (
    "fjord foss bekk holme skog bjørk rogn mose spurv rev elg laks ørret torsk støl myr odde kyst dal topp stein sti "
    "bro båt havn vind sommer høst dag morgen kveld stjerne"
).split()


def run_name(content: str, day: date) -> str:
    """Name a run after its day and a hash of what it was made of.

    The same content on the same day has the same name, so a resumed run keeps its own.

    Examples
    --------
    >>> run_name("abc", date(2026, 11, 22))
    '2026-11-22-rolig-havn'
    """
    digest = hashlib.sha256(content.encode()).digest()
    return f"{day.isoformat()}-{_FIRST[digest[0] % len(_FIRST)]}-{_SECOND[digest[1] % len(_SECOND)]}"
