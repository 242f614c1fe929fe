# SPDX-License-Identifier: Apache-2.0
"""Writes small databases in MaxMind's format (maxmind.github.io/MaxMind-DB), version 2.0,
record size 24, IPv6 tree: as many networks as a test needs.
"""
import ipaddress
import struct

MARKER = b"\xab\xcd\xefMaxMind.com"
UTF8, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11


def head(kind, size):
    assert size < 29 + 256
    low, extra = (size, b"") if size < 29 else (29, bytes([size - 29]))
    if kind <= 7:
        return bytes([kind << 5 | low]) + extra
    return bytes([low, kind - 7]) + extra


def number(kind, value):
    data = value.to_bytes(8, "big").lstrip(b"\0")
    return head(kind, len(data)) + data


def encode(value):
    if isinstance(value, dict):
        return head(MAP, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())
    if isinstance(value, list):
        return head(ARRAY, len(value)) + b"".join(map(encode, value))
    if isinstance(value, str):
        return head(UTF8, len(value.encode())) + value.encode()
    return number(UINT32, value)


def write(path, kind, built, networks):
    """networks: {"203.0.113.0/24": {...}}; IPv4 lies in ::/96 of the tree."""
    nodes, data, offsets = [[None, None]], b"", {}
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits, value = network.prefixlen, int(network.network_address)
        if network.version == 4:
            bits += 96
        offsets[text] = len(data)
        data += encode(record)
        at = 0
        for depth in range(bits):
            side = value >> (127 - depth) & 1
            if depth == bits - 1:
                nodes[at][side] = ("data", offsets[text])
            else:
                if nodes[at][side] is None:
                    nodes.append([None, None])
                    nodes[at][side] = ("node", len(nodes) - 1)
                at = nodes[at][side][1]
    count = len(nodes)

    def record_of(side):
        if side is None:
            return count
        return side[1] if side[0] == "node" else count + 16 + side[1]
    tree = b"".join(struct.pack("!I", record_of(s))[1:] for node in nodes for s in node)
    metadata = [("node_count", number(UINT32, count)), ("record_size", number(UINT16, 24)),
                ("ip_version", number(UINT16, 6)), ("database_type", encode(kind)), ("languages", encode(["en"])),
                ("binary_format_major_version", number(UINT16, 2)),
                ("binary_format_minor_version", number(UINT16, 0)), ("build_epoch", number(UINT64, built)),
                ("description", encode({"en": "made by a test"}))]
    with open(path, "wb") as f:
        f.write(tree + bytes(16) + data + MARKER + head(MAP, len(metadata)))
        for key, value in metadata:
            f.write(encode(key) + value)
