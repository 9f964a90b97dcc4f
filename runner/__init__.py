"""A declarative concurrency lab: scenarios in YAML, run on real `threading` objects, deterministically and in virtual time.

    import runner
    program = runner.load("scenario.yaml")
    outcome = runner.run(program, seed=7)
    again = runner.replay(program, outcome.schedule.token())

Names are imported when first used, so that `import runner` and `python -m runner --version` cost next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runner.suite import CarrierPool, RunOptions, load, replay, run

__version__ = "0.1.0"
__all__ = ["CarrierPool", "RunOptions", "__version__", "load", "replay", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import runner.suite

        return getattr(runner.suite, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
