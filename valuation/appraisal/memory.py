"""How little memory does a process keep that lives long? What it no longer needs goes back to the system.

Three things are kept for ever unless somebody gives them back: heaps that grew while something large was read or
answered, what was parsed on the way, and the code of libraries that ran only at the start (the compiler whose kernels
lie ready on disk is a seventh of a worker).
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import re
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

_OF_ALL_THREADS = {-8: 2, -3: 1 << 20, -1: 4 << 20}
"""glibc's `mallopt`: two arenas (`M_ARENA_MAX`); what is larger than a MiB comes from the system and goes back to it
(`M_MMAP_THRESHOLD`, which else grows with what was freed), and so does a free end of 4 MiB (`M_TRIM_THRESHOLD`)."""
_SMAPS, _STATM = Path("/proc/self/smaps"), Path("/proc/self/statm")
_MAPPING = re.compile(r"(?P<begin>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<rights>\S+) \S+ \S+ \d+ +(?P<file>/.*)?")
_LIBRARY = re.compile(r"\.so(\.\d+)*$")
_NOT_NEEDED_NOW = 4
"""Linux' `MADV_DONTNEED`."""


def share_memory() -> None:
    """Let all threads and Arrow take memory from the same few heaps: what one gives back, the others use.

    For a process that lives long; to be called before it starts threads.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    choose = _of_the_system("mallopt")
    if choose is not None:
        for parameter, value in _OF_ALL_THREADS.items():
            choose(parameter, value)


def settle() -> None:
    """Give back what loading has left behind, and take what is left for what stays as long as the process."""
    # What was read and parsed is twice as large as what is kept; a worker holds it for ever unless told otherwise.
    gc.unfreeze()
    gc.collect()
    # What is left stays as long as the worker: looking through all of it for garbage again and again, a request of
    # every few hundred would wait a tenth of a second.
    gc.freeze()
    give_back()
    let_go_of_code()


def give_back() -> None:
    """Give the system what is free in the heaps; some milliseconds."""
    pa.default_memory_pool().release_unused()
    trim = _of_the_system("malloc_trim")
    if trim is not None:
        trim(0)


def own_bytes() -> int:
    """Return what the process holds for itself alone, without the files of libraries; 0 where the system does not say.

    Examples
    --------
    >>> own_bytes() >= 0
    True
    """
    if not _STATM.exists():
        return 0
    resident, of_files = _STATM.read_text().split()[1:3]
    return (int(resident) - int(of_files)) * mmap.PAGESIZE


def let_go_of_code() -> int:
    """Let go of the libraries' code; what runs again is taken from the file again, page by page. Return the bytes.

    Only what the process cannot have changed: pages of a library it may not write to, of which none is its own copy.
    They are the system's, one for all workers; what is let go of here is no longer counted as used by this one, and is
    the first to give way where memory is short.
    """
    advise = _of_the_system("madvise")
    if advise is None or not _SMAPS.exists():
        return 0
    unchanged = _unchanged_code(_SMAPS.read_text())
    for begin, end, _ in unchanged:
        advise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _NOT_NEEDED_NOW)
    return sum(held for _, _, held in unchanged)


def _unchanged_code(smaps: str) -> list[tuple[int, int, int]]:
    r"""Return begin, end and resident bytes of each mapping of a library that is as the file is.

    Examples
    --------
    >>> code = "1000-3000 r-xp 0 fd:0 7  /lib/libc.so.6\nRss: 8 kB\nAnonymous: 0 kB\n"
    >>> _unchanged_code(code)
    [(4096, 12288, 8192)]
    >>> _unchanged_code(code.replace("Anonymous: 0", "Anonymous: 4")), _unchanged_code(code.replace("r-xp", "rw-p"))
    ([], [])
    """
    found = []
    mappings = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps, flags=re.MULTILINE)
    for mapping in mappings:
        head = _MAPPING.match(mapping)
        if head is None or head["rights"] not in ("r-xp", "r--p") or not _LIBRARY.search(head["file"] or ""):
            continue
        held = {name: 1024 * int(kib) for name, kib in re.findall(r"^(\w+): +(\d+) kB$", mapping, re.MULTILINE)}
        if held.get("Anonymous") == 0:
            found.append((int(head["begin"], 16), int(head["end"], 16), held["Rss"]))
    return found


def _of_the_system(name: str) -> Any:
    """Return a function of the C library; None where there is none: `mallopt` and `malloc_trim` are glibc's alone."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
