# SPDX-License-Identifier: Apache-2.0
"""Does fetching kernels stand what archives do? Run by tests/system/kernels itself."""
import os
from unittest import mock

import guest
from lab import Skip

PATTERN = r"linux-image-7\.\d+-cloud"


class Archive:
    """In place of apt: what the lists say, what they say once they were fetched anew, what can be downloaded."""

    def __init__(self, lists, renewed, there):
        self.lists, self.renewed, self.there, self.updates = lists, renewed, there, 0

    def apt(self, _, *argv, cwd=None, seconds=0):
        if argv[-1] == "update":
            self.lists, self.updates = self.renewed, self.updates + 1
            return 0, ""
        if "pkgnames" in argv:
            return 0, "\n".join(self.lists)
        if "download" not in argv:
            return 0, ""
        assert cwd and seconds
        return (0, "") if argv[-1] in self.there else (100, f"E: Failed to fetch {argv[-1]}: 404 Not Found")


def fetched(cache, archive, had=()):
    """What a run gets that has fetched `had` before, and whose lists are young."""
    guest.touch(os.path.join(cache, "apt", "updated"))
    for name in had:
        os.makedirs(os.path.join(cache, name))
        guest.touch(os.path.join(cache, name, "complete"))
    config = {"APT_CONFIG": os.path.join(cache, "apt", "apt.conf")}
    with mock.patch.multiple(guest, CACHE=cache, apt=archive.apt, apt_environment=lambda: config):
        try:
            return guest.kernel_fetch(PATTERN)[1]
        except Skip as e:
            return str(e)


def check(path):
    old, new = "linux-image-7.9-cloud", "linux-image-7.10-cloud"
    cases = [("the newest by number", Archive([old, new], [], [old, new]), (), "7.10-cloud"),
             ("gone from the archive", Archive([old], [new], [new]), (), "7.10-cloud"),
             ("gone, fetched before", Archive([old, new], [], []), [old], "7.9-cloud"),
             ("gone", Archive([old], [old], []), (), f"cannot fetch {old}: E: Failed to fetch {old}: 404 Not Found"),
             ("no lists", Archive([], [], []), (), f"no package {PATTERN} in the archive, or no lists of it")]
    for n, (name, archive, had, want) in enumerate(cases):
        cache = os.path.join(path, str(n))
        os.makedirs(os.path.join(cache, "apt"))
        got = fetched(cache, archive, had)
        assert got == want, f"{name}: {got} instead of {want}"
        assert archive.updates <= 1, f"{name}: asked {archive.updates} times"
