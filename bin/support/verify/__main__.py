"""bin/verify, see arguments.py."""

import logging
import signal
import sys

from verify import arguments, check_linearizable, report, system
from verify.campaign import Campaign
from verify.history import Said

OK, FOUND, UNFIT, INTERRUPTED = 0, 1, 2, 130


def main() -> int:
    options = arguments.parse(sys.argv[1:])
    console = report.Console()
    try:
        found = system.find(options.data)
        kinds = system.possible(found, options.faults)
        system.require_gateway(found, options.gateway)
        checker = check_linearizable.build() if options.linearizability else None
        campaign = Campaign(found, seed=options.seed, say=console.say, show=console.show)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: campaign.interrupted.set())
        console.say(
            f"verifying the system on {found.data} through {found.gateway} for {options.minutes:g} min, "
            f"seed {options.seed}, faults: {', '.join(kinds) or 'none'}"
        )
        verdict = campaign.run(options, kinds, checker)
    except (system.Unfit, check_linearizable.NoGo) as reason:
        print(reason, file=sys.stderr)
        return UNFIT
    history = campaign.history
    console.table(history, verdict, options.minutes * 60)
    if options.json:
        about = {"minutes": options.minutes, "seed": options.seed, "interrupted": campaign.interrupted.is_set()}
        report.write_json(options.json, history, verdict, about)
    if campaign.interrupted.is_set():
        print("Interrupted: the table is of what happened until then.")
        return INTERRUPTED
    # A table of zeros about a system in which nothing happened would be worth nothing.
    if not any(answer.said is Said.JOINED for answer in history.answers) or not history.snapshots:
        print("Too little happened to say anything: nobody ever waited for a seat.", file=sys.stderr)
        return FOUND
    return OK if verdict.clean else FOUND


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # libraries' remarks about a system that is being killed
    sys.exit(main())
