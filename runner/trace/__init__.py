"""Traces: what happened in a run, written as canonical JSON Lines and read back."""

from runner.trace.codec import TraceError, decode, decode_event, encode, encode_event, encode_footer, encode_header, plain, seconds_text
from runner.trace.equality import equal
from runner.trace.events import ABSENT, BlockedThread, Event, Footer, Header, Trace

__all__ = [
    "ABSENT", "BlockedThread", "Event", "Footer", "Header", "Trace", "TraceError",
    "decode", "decode_event", "encode", "encode_event", "encode_footer", "encode_header", "equal", "plain", "seconds_text",
]  # fmt: skip
