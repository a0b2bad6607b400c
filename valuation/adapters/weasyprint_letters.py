"""How does a letter become a PDF that everybody can read? WeasyPrint, tagged as PDF/UA-1.

WeasyPrint sets the type with Pango, a library of the system. Where either is missing the letter is made as HTML.
"""

from __future__ import annotations

import hashlib
from functools import cached_property

from valuation.adapters.extras import need
from valuation.errors import WrongUse
from valuation.letters.letter import without_marks

VARIANT = "pdf/ua-1"


class LetterPrinter:
    """Prints letters, one after the other, with the fonts of this machine looked up once.

    Raises
    ------
    WrongUse
        When WeasyPrint or Pango is not here.
    """

    def __init__(self) -> None:
        need("letters")
        try:
            import weasyprint
            from weasyprint.text.fonts import FontConfiguration
            from weasyprint.urls import URLFetcher
        except OSError as error:
            raise WrongUse(
                f"letters cannot be made as PDF here: a library of the system is missing ({error.args[0]})",
                expected="Pango, which sets the type of a PDF",
                remedy="install it (Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 "
                "libharfbuzz-subset0), or give --format html",
            ) from error
        self._weasyprint = weasyprint
        self._fonts = FontConfiguration()
        # A letter asks for nothing from outside; what names an address all the same is left out.
        self._fetcher = URLFetcher(allowed_protocols=())

    @cached_property
    def version(self) -> str:
        """What made the PDF: the typesetter with its version."""
        return f"weasyprint {self._weasyprint.VERSION}"

    def pdf(self, html: str) -> bytes:
        """Return a letter as PDF/UA-1; the same letter gives the same bytes on the same machine.

        Parameters
        ----------
        html : str
            A whole document, as `letter_html` writes it.
        """
        # The identifier would be drawn at random; no day of making is written, so that equal letters are equal.
        identifier = hashlib.sha256(html.encode()).digest()[:16]
        document = self._weasyprint.HTML(string=without_marks(html), base_url=None, url_fetcher=self._fetcher)
        return document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier, font_config=self._fonts)
