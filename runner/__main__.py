"""`python -m runner`, and the console script. `--version` is answered before anything is imported."""

from __future__ import annotations

import sys
from contextlib import suppress


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        from runner import __version__

        with suppress(OSError):  # nobody reads, or the disk is full: the command line knows what to say
            print(f"threadscore {__version__}", flush=True)
            return
    try:
        from runner.cli import run_command_line

        code = run_command_line()
    except KeyboardInterrupt:  # while modules are being imported; the rest looks after itself
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
