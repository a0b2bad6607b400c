"""How does a letter become a PDF that everybody can read? WeasyPrint, tagged as PDF/UA-1.

WeasyPrint sets the type with Pango, a library of the system. Where either is missing the letter is made as HTML.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any, Self

from valuation.adapters.extras import need
from valuation.errors import Interrupted, WrongUse
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
        # Some hundred thousand objects live until the last page is written: looking for garbage among them again and
        # again is a fifth of the time.
        with _garbage_left():
            return document.write_pdf(
                pdf_variant=VARIANT, pdf_identifier=identifier, font_config=self._fonts, finisher=_each_written_once
            )


class LetterPress:
    """Prints many letters, as many at a time as there are processors, each in a process of its own.

    A file is the same bytes as `LetterPrinter` makes: a process prints one letter after the other.

    Parameters
    ----------
    n_processes : int, optional
        By default as many as there are processors.
    """

    def __init__(self, n_processes: int | None = None) -> None:
        self.n_processes = n_processes or os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(self.n_processes, multiprocessing.get_context("spawn"), _set_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def pdfs(self, pages: Iterable[str]) -> Iterator[bytes]:
        """Return the PDF of each letter, in their order; a few are printed ahead of the one asked for.

        Parameters
        ----------
        pages : iterable of str
            Whole documents, as `letter_html` writes them.

        Raises
        ------
        Interrupted
            When one of the processes was killed.
        """
        waiting = iter(pages)
        ahead: deque[Future[bytes]] = deque()
        while True:
            free = 2 * self.n_processes - len(ahead)
            ahead.extend(self._pool.submit(_printed, page) for page in islice(waiting, free))
            if not ahead:
                return
            try:
                yield ahead.popleft().result()
            except BrokenProcessPool as error:
                raise Interrupted(
                    "a process that prints letters was killed; those that are finished are kept",
                    expected="memory for some 400 MB a process",
                    remedy="give the same command to go on",
                ) from error


def _each_written_once(_: Any, pdf: Any) -> None:
    """Let every object of a PDF be put into bytes once: same bytes, a twentieth of the time.

    The two thousand tags and the compressed fonts are asked for their bytes when they are written, and all of them
    again for the fingerprint beside the identifier.
    """
    pdf.objects[:] = [_Kept(item) if item.free == "n" else item for item in pdf.objects]


class _Kept:
    """An object of a PDF whose bytes are made when they are first asked for, and kept."""

    def __init__(self, item: Any) -> None:
        self._item = item
        self.number, self.generation, self.free = item.number, item.generation, item.free
        self.compressible, self.reference = item.compressible, item.reference
        self.offset = 0

    @cached_property
    def data(self) -> bytes:
        return bytes(self._item.data)

    @property
    def indirect(self) -> bytes:
        return b"%d %d obj\n%b\nendobj" % (self.number, self.generation, self.data)


_printers: list[LetterPrinter] = []
"""Of a process of the press: its one printer."""


def _set_up() -> None:
    # Ctrl-C reaches every process of a terminal; the one that was called stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _printers.append(LetterPrinter())


def _printed(page: str) -> bytes:
    return _printers[0].pdf(page)


@contextmanager
def _garbage_left() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
