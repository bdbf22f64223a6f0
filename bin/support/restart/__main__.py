"""bin/restart, see arguments.py. The renewing itself is done by each process's own supervisor, told by SIGHUP."""

import sys
import time

from restart import arguments
from restart.instance import Failed, Instance
from restart.running_system import Unfit, instances

OK, FAILED, UNFIT, INTERRUPTED = 0, 1, 2, 130


def main() -> int:
    options = arguments.parse(sys.argv[1:])
    began_s = time.monotonic()
    try:
        for name in instances(options.data.resolve(), options.names):
            instance = Instance(options.data.resolve(), name)
            old, new = instance.renew()
            print(f"[{time.monotonic() - began_s:6.1f} s] {name} renewed (pid {old} → {new})", flush=True)
    except Unfit as reason:
        print(reason, file=sys.stderr)
        return UNFIT
    except Failed as reason:
        print(f"{reason}\nThe log says why: {options.data.resolve()}/log/system.log", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted: what was begun is finished, the rest is as it was.", file=sys.stderr)
        return INTERRUPTED
    return OK


if __name__ == "__main__":
    sys.exit(main())
