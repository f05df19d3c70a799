"""How late it is on a computer whose clock may have been set back, or ahead by mistake.

Values and functions only. Time that the computer was seen to run always counts, so setting the clock back
gains nothing; a clock that was ahead by mistake and is put right does no lasting harm. Nothing is locked
because a clock looks wrong: it is said, and it heals by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TOLERANCE = timedelta(days=1)  # time zones, summer time, a battery that is getting old
_STEP = timedelta(hours=1)  # finer steps need not be remembered


@dataclass(frozen=True)
class Clock:
    """What is remembered of a clock's readings. All but `reading` only ever move on, or back to a leap's start."""

    began: datetime
    latest: datetime  # how late it is at least
    unleapt: datetime  # how late it would be had the clock not last leapt ahead by more than a day
    reading: datetime
    set_back: bool = False  # it shows an earlier time than is possible: worth a warning
    below: timedelta = timedelta()  # how long it ran below `latest`, as far as no progress has made up for it


def start(now: datetime) -> Clock:
    return Clock(now, now, now, now)


def tick(clock: Clock, now: datetime) -> Clock:
    """The clock after one more reading."""
    ran = min(max(now - clock.reading, timedelta()), TOLERANCE)
    if clock.latest - now > TOLERANCE:
        if not clock.set_back and clock.unleapt - now <= TOLERANCE:
            right = max(now, clock.unleapt)  # it was ahead by mistake, and is put right
            return replace(clock, latest=right, unleapt=right, reading=now)
        return replace(clock, latest=clock.latest + ran, unleapt=clock.unleapt + ran, reading=now, set_back=True)
    if timedelta() <= now - clock.reading < _STEP and not clock.set_back:
        return clock
    ahead = max(now - clock.latest, timedelta())
    below = clock.below - ahead if ahead else clock.below + ran
    # Small steps back are free, but not again and again: what adds up to more than the tolerance has passed.
    passed = max(below - TOLERANCE, timedelta())
    latest = clock.latest + ahead + passed
    unleapt = clock.latest if ahead > TOLERANCE else clock.unleapt + ahead + passed
    return Clock(clock.began, latest, unleapt, now, below=max(below - passed, timedelta()))


def reckoned(clock: Clock, now: datetime) -> datetime:
    """How late it is: the clock's word, unless it was later already."""
    return max(now, tick(clock, now).latest)
