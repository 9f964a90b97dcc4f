"""`python -m runner`, and the console script. `--version` is answered before anything is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        from runner import __version__

        print(f"threadscore {__version__}")
        return
    from runner.cli import run_command_line

    sys.exit(run_command_line())


if __name__ == "__main__":
    main()
