"""A page as somebody reads it who looks for words of another language."""

import html
import re

TAG = re.compile(r"<[^<>]+>")
READ_OUT = re.compile(r"aria-label=(\"[^\"]*\"|'[^']*')")


def sentences(page, words=3):
    """Return every run of text on a page, read out or seen, that has so many words at least."""
    body = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    texts = TAG.sub("\n", READ_OUT.sub(lambda found: f">{found[1][1:-1]}<", body)).splitlines()
    return {html.unescape(text.strip()) for text in texts if len(re.findall(r"[^\W\d_]{2,}", text)) >= words}
