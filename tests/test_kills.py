"""The short form of tests/soak/kills.py."""

import random

from soak.kills import VICTIMS, play


def test_whoever_is_killed_under_load_nothing_that_was_spoken_is_lost_or_double():
    """Done when 3; and no process of them could leave a core file."""
    found = play(len(VICTIMS), print, random.Random(3), families=1)
    print("\n".join(found.lines()))
    assert (found.lost, found.double, found.wrong, found.nobody) == (0, 0, 0, 0)
    assert found.spoken
    assert dict(found.killed) == dict.fromkeys(VICTIMS, 1)
    assert (found.log_is_whole, found.unsigned, found.core_files) == (True, 0, 0)
