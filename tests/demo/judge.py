# SPDX-License-Identifier: Apache-2.0
"""Holds what the sensor said against what the receiver knows. Every difference is a
failure in words; the demonstration ends non-zero if there is one."""
import time

from lab import wait_for

ALERT_WAIT_S = 10  # after the theft has ended; a good alert came long before


def gigabytes(n):
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.1f} MB"


def attribution(theft, event):
    """What the alert names wrongly."""
    wrong = []

    def expect(field, wanted):
        if event.get(field) not in wanted:
            wrong.append(f"{field} is {event.get(field)!r}, expected {' or '.join(sorted(map(repr, wanted)))}")

    expect("process.name", theft.processes)
    expect("user.name", {theft.user})
    expect("destination.ip", theft.destinations)
    expect("egress.initiation", {theft.initiation})
    got = event.get("container.name") or event.get("container.id") or ""
    known = got and (got == theft.container_name or theft.container_id.startswith(got[:12]))
    if theft.container and not known:
        wrong.append(f"container is {got!r}, expected {theft.container_name!r} or {theft.container_id[:12]!r}")
    if not theft.container and got:
        wrong.append(f"container is {got!r}, expected none")
    return wrong


def best(events, theft):
    """The first alert that names the thief's process; else the first about the address."""
    return next((e for e in events if e[1].get("process.name") in theft.processes), events[0])


def judge(theft, sensor, world):
    """Prints the verdict; returns failures."""
    theft.truth.wait_end()
    theft.truth.stop()
    truth, first = theft.truth.total(), theft.truth.first(theft.above)
    failures = []
    print(f"\n({theft.key}) {theft.title}")
    try:
        events = wait_for("alert", lambda: sensor.alerts_to(theft.destinations), ALERT_WAIT_S)
    except TimeoutError:
        print("    MISSED: no ticket and no page about " + sorted(theft.destinations)[0])
        for _, e in sensor.events:
            print(f"      (said instead: {e.get('event')} {e.get('level')} {e.get('subject')}: {e.get('reason')})")
        failures.append("missed")
    else:
        arrived, event = best(events, theft)
        gone = theft.truth.bytes_by(arrived)
        print(f"    {event['level']}: {event.get('reason')}")
        print(f"    first stolen byte to alert {arrived - first:.2f} s; gone by then {gigabytes(gone)},"
              f" {100 * gone / world.database_bytes:.1f} % of the database")
        failures += attribution(theft, event)
        theft.result = (event["level"], arrived - first, gone, truth)
    counted = settled(sensor, theft, truth, world.db.ids())
    print(f"    receiver got {truth} bytes of payload, egressd counted {counted}: "
          + ("exact" if counted == truth else f"DIFFERENCE {counted - truth:+d}"))
    if counted != truth:
        failures.append(f"bytes differ by {counted - truth:+d}")
    for f in failures:
        print(f"    WRONG: {f}")
    return [f"{theft.key}: {f}" for f in failures]


def settled(sensor, theft, truth, namespaces):
    """The sensor's count once it has had a tick to see the end."""
    counted, end = None, time.monotonic() + 5
    while counted != truth and time.monotonic() < end:
        counted = sensor.sent_to(theft.destinations, namespaces)
        time.sleep(0.2)
    return counted


def everyday_pages(sensor, address):
    """Pages about the application's own traffic: there must be none."""
    return [f"page about everyday traffic: {e.get('reason')}" for e in sensor.pages()
            if e.get("destination.ip") == address or e.get("process.name") == "pgbench"]
