# SPDX-License-Identifier: Apache-2.0
"""Rungs whose hooks the kernel may skip under preemption: what is missing must have been
counted as skipped, call by call, and the interval must say so."""

LAST_PIECES = 4  # of all calls: shorter than the others, one a thread or process


class Skipped:
    """What one collector says it was skipped since `begin`, and what was found missing. A run
    that was skipped is at most one call; runs of programs that nobody looks at are among them,
    so there may be more of them than of missing calls, never fewer."""

    def __init__(self, losses, mark):
        """By their names in a sample: the counter, and the mark of an interval in which it moved."""
        self.losses, self.mark, self.last = losses, mark, None
        self.begin()

    def begin(self):
        self.counted, self.missing, self.marked = 0, 0, False

    def take(self, sample):
        """Every reading, in order; the first tells where the counter stood."""
        rise = 0 if self.last is None else sample[self.losses] - self.last
        assert sample[self.mark] or not rise, f"{self.losses} rose by {rise}, and the interval has no mark {self.mark}"
        self.counted, self.marked, self.last = self.counted + rise, self.marked or sample[self.mark], sample[self.losses]

    def missed(self, size, calls, got_size, got_calls):
        """`size` bytes by `calls` calls, and what of them was counted: an assertion fails unless
        the rest was counted as skipped. Gives how many calls that were."""
        lost, bytes_lost = calls - got_calls, size - got_size
        if not lost and not bytes_lost:
            return 0
        assert lost > 0 and bytes_lost > 0, f"{got_size} bytes in {got_calls} calls instead of {size} in {calls}"
        most = lost * -(-size // max(1, calls - LAST_PIECES))
        assert bytes_lost <= most, f"{bytes_lost} bytes missing in {lost} of {calls} calls of {size} bytes"
        self.missing += lost
        assert self.missing <= self.counted, f"{self.missing} calls missing, and {self.losses} rose by {self.counted}"
        assert self.marked, f"{self.missing} calls missing, and no interval has the mark {self.mark}"
        return lost
