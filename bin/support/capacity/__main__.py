"""bin/capacity: simulates one machine as bin/bench measured it, and a registration day of a million students.

etc/capacity.md says what follows from it. Takes a few minutes; nothing is measured or asked for.
"""

import argparse

from capacity.day import Day, Plan, at
from capacity.machine import measured, simulated

PLANS = {
    "200 cores": Plan(users=200, enrollment=100, gateway=25),
    "100 cores": Plan(users=100, enrollment=100, gateway=25),
    "50 cores": Plan(users=50, enrollment=100, gateway=25),
    "50 cores, a queue for logins": Plan(users=50, enrollment=100, gateway=25, queued=True),
    "50 cores, 90 % signed in before": Plan(users=50, enrollment=100, gateway=25, signed_in=0.9),
    "50 cores, half within 12 minutes": Plan(users=50, enrollment=100, gateway=25, half_within_s=720),
    "25 cores, 95 % signed in before": Plan(users=25, enrollment=100, gateway=25, signed_in=0.95),
}


def main() -> None:
    argparse.ArgumentParser(prog="bin/capacity", description=__doc__).parse_args()
    print(f"{'one machine':34} {'measured/s':>10} {'simulated':>10} {'p50, ms':>8}")
    for case in measured():
        rate, median_s = simulated(case)
        print(f"{case.name:34} {case.rate:10,.0f} {rate:10,.0f} {median_s * 1000:8.1f}")
    heads = ("login p50", "p99, s", "503", "enroll p99", "done p99", "logins/s", "enrolls/s", "polls/s")
    print(f"\n{'a million students, users has':34} " + " ".join(f"{head:>10}" for head in heads))
    for name, plan in PLANS.items():
        day = Day(plan).run()
        times = (at(50, day.login_s), at(99, day.login_s), day.refused, at(99, day.enroll_s), at(99, day.done_s))
        peaks = [day.peak(kind) for kind in ("login", "enroll", "position")]
        print(f"{name:34} " + " ".join(f"{each:10,.2f}" if each < 1 else f"{each:10,.0f}" for each in (*times, *peaks)))


if __name__ == "__main__":
    main()
