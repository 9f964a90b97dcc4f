"""Substrates: the modules a program runs on (`threading`, `queue`, `time`), and who decides when each thread moves.

`FreeSubstrate` hands out the modules everyone imports. `ControlledSubstrate` hands out the standard library's own source,
loaded a second time on a `_thread` and a clock of ours. What they share is in contract.py. Nothing here knows what a
scenario is; only this package may import `threading`, `_thread`, `queue` and the wall clock.
"""

from runner.substrate.contract import Blocked, Ending, Modules, Substrate, Unwind, Verdict
from runner.substrate.controlled import CarrierPool, ControlledSubstrate, GreenletPool, Pool
from runner.substrate.free import FreeSubstrate

__all__ = [
    "Blocked", "CarrierPool", "ControlledSubstrate", "Ending", "FreeSubstrate", "GreenletPool", "Modules", "Pool", "Substrate", "Unwind",
    "Verdict",
]  # fmt: skip
