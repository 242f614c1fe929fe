# SPDX-License-Identifier: Apache-2.0
"""What Skipped lets pass and what it does not, on samples made up."""
from skipped import Skipped

SIZE, CALLS = 1000000, 1000


def judged(rise, marked, got_size, got_calls):
    """What `missed` says, or None where an assertion fails."""
    judge = Skipped("misses", "mark")
    try:
        judge.take({"misses": 70, "mark": False})
        judge.take({"misses": 70 + rise, "mark": marked})
        judge.take({"misses": 70 + rise, "mark": False})
        return judge.missed(SIZE, CALLS, got_size, got_calls)
    except AssertionError:
        return None


def check():
    for want, *case in [
            (0, 0, False, SIZE, CALLS),
            (10, 10, True, SIZE - 10000, CALLS - 10),
            (10, 99, True, SIZE - 9001, CALLS - 10),  # the last call was shorter; others were skipped, too
            (None, 9, True, SIZE - 10000, CALLS - 10),  # one more than was counted
            (None, 0, False, SIZE - 1000, CALLS - 1),
            (None, 10, True, SIZE - 20000, CALLS - 10),  # more than ten calls hold
            (None, 10, True, SIZE - 10000, CALLS),  # calls are there, their bytes are not
            (None, 10, True, SIZE + 1000, CALLS + 1),
            (None, 10, False, SIZE - 10000, CALLS - 10)]:  # nobody was told
        assert judged(*case) == want, f"{case}: {judged(*case)} instead of {want}"
