"""`sonisbridge` some time from now: python -m benchmarks.later SECONDS COMMAND...

The clock of the process is that many seconds ahead and goes on as fast as ever, as that of the look-alike is after time
was let pass there. Nothing of `sonisbridge` knows.
"""

from __future__ import annotations

import sys
import time

import time_machine


def main() -> None:
    """Run the command under that clock; its exit status is this one's."""
    ahead = float(sys.argv.pop(1))
    from sonisbridge.cli.main import main as command

    with time_machine.travel(time.time() + ahead, tick=True):
        command()


if __name__ == "__main__":
    main()
