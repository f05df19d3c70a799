"""A process that falls over leaves no picture of its memory, and so of its keys, on the disk."""

from __future__ import annotations

import resource


def switch_off() -> None:
    """For this process and all that it starts, for good.

    Where the kernel hands cores to a program (systemd-coredump, apport) a limit of 0 does not count: that is for files.
    One byte is the limit at which the kernel makes none for anybody (fs/coredump.c). A limit of 0 that may not be
    raised is left.
    """
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != 0:
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
