# SPDX-License-Identifier: Apache-2.0
"""Writes small databases in IPFire's location format by libloc's own writer: as many
networks as a test needs.
"""
try:
    import location
except ImportError:  # of Debian's package python3-location
    location = None


def write(path, systems, networks):
    """systems: {64500: "its name"}; networks: {"203.0.113.0/24": (64500, "QM")}. False: no
    library to write it with."""
    if not location:
        return False
    writer = location.Writer()
    writer.vendor, writer.description = "tests", "documentation networks"
    for number, name in systems.items():
        writer.add_as(number).name = name
    for network, (number, country) in networks.items():
        entry = writer.add_network(network)
        entry.asn, entry.country_code = number, country
    writer.write(path)
    return True
