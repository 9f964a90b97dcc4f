"""Whether two traces are the same."""

from __future__ import annotations

from dataclasses import replace

from runner.trace.codec import encode
from runner.trace.events import Trace


def equal(first: Trace, second: Trace, *, times: bool = True, header: bool = True) -> bool:
    """Say whether two traces are the same in canonical form, as a golden is compared.

    With `times=False` it does not matter when things happened, only what and in which order; with `header=False` not how the
    runs were made: names, parameters, policies and seeds.
    """
    return _canonical(first, times, header) == _canonical(second, times, header)


def _canonical(trace: Trace, times: bool, header: bool) -> str:
    if not times:
        trace = Trace(trace.header, tuple(replace(event, t=0) for event in trace.events), replace(trace.footer, t=0))
    text = encode(trace)
    return text if header else text.partition("\n")[2]
