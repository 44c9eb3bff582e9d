"""The process's memory as the C library keeps it: what is freed goes to others, or back to the system.

glibc gives threads heaps of their own, and what was freed at the end of one of these stays with it: after the
compression was trained, in threads of the reactor's, a process had 33 MB more than before.  From one heap
that all share it goes back: 12 MB more.  The interpreter lets one thread at a time go for memory, mostly, so
that none waits for another.
"""

from __future__ import annotations

import ctypes

_ARENA_MAX = -8  # glibc's M_ARENA_MAX


def share_one_heap() -> None:
    """Have all threads that begin from now on use one heap, where the C library is glibc."""
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(_ARENA_MAX, 1)


def give_back() -> None:
    """Give to the system what was freed, where the C library is glibc.  Takes milliseconds, in which others
    wait for memory."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
