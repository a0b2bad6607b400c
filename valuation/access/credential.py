"""What does somebody carry to show who they are, and what of it is kept? A long random text, and its SHA-256.

A credential is drawn by the machine with 256 bits of chance, so one round of SHA-256 keeps it as well as a slow hash
would (those are for passwords, which people choose and which this product has none of), and it can be looked up.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Literal

Kind = Literal["token", "session", "login", "csrf"]

_PREFIX: dict[Kind, str] = {"token": "vt", "session": "vs", "login": "vl", "csrf": "vc"}
_BYTES = 32
_LONGEST = 100


def new_credential(kind: Kind) -> str:
    """Return a new one: its prefix says what it is, so that one found in a log or a repository is known for it."""
    return f"{_PREFIX[kind]}_{secrets.token_urlsafe(_BYTES)}"


def looks_like(kind: Kind, text: str) -> bool:
    """Return whether a text can be a credential of this kind at all: what cannot is not looked up."""
    return text.startswith(f"{_PREFIX[kind]}_") and len(text) <= _LONGEST and text.isascii()


def digest_of(credential: str) -> str:
    """Return what is kept of a credential: 64 hexadecimal digits, from which it cannot be made again."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def short_id(digest: str) -> str:
    """Return the public name of a credential: twelve digits of its hash, for lists, logs and the record."""
    return digest[:12]
