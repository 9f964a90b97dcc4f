"""What only has another name in another trace: threads and resources by what is done with them, steps by their place in the file.

A name is taken for another's new one if only one trace has the one, only the other trace has the other, and what is done is the
same, or much the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import replace

from runner.analysis.difference.keys import Names, value_key
from runner.analysis.difference.steps import moved_steps
from runner.trace import Event, Trace

MUCH_THE_SAME = 0.7
"""The part of what is done that must be alike for a name to count as another's new one."""
MOST_PAIRS = 2500
"""Pairs of names of which it is asked how much they are alike."""
_REPLICA = re.compile(r"-\d+$")
Profile = Sequence[tuple[Hashable, Hashable]]
"""What is done with a name, in order: in what way, and with what."""


def renamed(expected: Trace, actual: Trace) -> Names:
    """Return the names and paths of the expected trace that are others in the actual one."""
    threads = _threads(expected, actual)
    paths = _paths(expected, actual, threads)
    names = Names(threads, _resources(expected, actual, threads), paths, paths)
    moved = moved_steps([names.translated(event) for event in expected.events] if names else expected.events, actual.events)
    if moved:
        every = dict.fromkeys(event.at for event in expected.events)
        paths = {path: moved.get(paths.get(path, path), paths.get(path, path)) for path in every}
        names = replace(names, paths={path: new for path, new in paths.items() if new != path})
    return names


def _paths(expected: Trace, actual: Trace, threads: Mapping[str, str]) -> dict[str, str]:
    """Return the paths that are others because they have a thread's name in them, or that of all replicas."""
    if not threads:
        return {}
    ours, theirs = (dict.fromkeys(event.at for event in trace.events) for trace in (expected, actual))
    found: dict[str, str] = {}
    for old, new in threads.items():
        for names in ((old, new), (_REPLICA.sub("", old), _REPLICA.sub("", new))):
            root, other = (f"threads.{name}" for name in names)
            if not any(_below(path, root) for path in theirs) and not any(_below(path, other) for path in ours):
                found |= {path: other + path[len(root) :] for path in ours if _below(path, root)}
    return found


def _below(path: str, root: str) -> bool:
    return path.startswith(root) and path[len(root) :][:1] in ("", ".", "[")


def thread_names(trace: Trace) -> dict[str, None]:
    """Return the threads of a trace, in the order of its footer."""
    return dict.fromkeys([*trace.footer.threads, *(event.thread for event in trace.events)])


def resource_names(trace: Trace) -> dict[str, None]:
    """Return what events act on that is no thread, and what the footer has the final state of."""
    threads = thread_names(trace)
    acted_on = dict.fromkeys(event.on for event in trace.events if event.on is not None)
    return dict.fromkeys([*trace.footer.vars, *trace.footer.queues, *(name for name in acted_on if name not in threads)])


def _only(names: Mapping[str, None], others: Mapping[str, None]) -> dict[str, list[tuple[Hashable, Hashable]]]:
    return {name: [] for name in names if name not in others}


def _threads(expected: Trace, actual: Trace) -> dict[str, str]:
    left, right = thread_names(expected), thread_names(actual)
    ours, theirs = _only(left, right), _only(right, left)
    if not ours or not theirs:
        return {}
    unknown = ours.keys() | theirs.keys()
    for trace, profiles in ((expected, ours), (actual, theirs)):
        for event in trace.events:
            if event.thread in profiles:
                profiles[event.thread].append(_done(event, unknown))
        for thread, done in profiles.items():  # all there is of a thread that was never started
            done.append((("ending", ""), trace.footer.threads.get(thread)))
    return _matched(ours, theirs)


def _done(event: Event, unknown: Set[str]) -> tuple[Hashable, Hashable]:
    """Return what an event is, names that are to be matched aside."""
    value = "" if isinstance(event.value, str) and event.value in unknown else value_key(event.value)
    on = None if event.on in unknown else event.on
    return (event.op, on), (value, value_key(event.result), event.error)


def _resources(expected: Trace, actual: Trace, threads: Mapping[str, str]) -> dict[str, str]:
    left, right = resource_names(expected), resource_names(actual)
    ours = {name: done for name, done in _only(left, right).items() if name not in threads}
    theirs = {name: done for name, done in _only(right, left).items() if name not in threads.values()}
    if not ours or not theirs:
        return {}
    for trace, profiles, called in ((expected, ours, threads), (actual, theirs, {})):
        by_thread: dict[str, dict[str, list[tuple[Hashable, Hashable]]]] = {name: {} for name in profiles}
        for event in trace.events:
            if event.on is not None and event.on in profiles:
                thread = called.get(event.thread, event.thread)
                by_thread[event.on].setdefault(thread, []).append(((event.op, thread), (value_key(event.value), value_key(event.result))))
        for name, done in by_thread.items():  # thread by thread: that they come in another order is told elsewhere
            profiles[name] += [each for thread in sorted(done) for each in done[thread]]
            for kind, state in (("var", trace.footer.vars), ("queue", trace.footer.queues)):
                if name in state:
                    profiles[name].append(((kind, ""), value_key(state[name])))
    return _matched(ours, theirs)


def _matched(ours: Mapping[str, Profile], theirs: Mapping[str, Profile]) -> dict[str, str]:
    """Pair names with the same profile, in order; then those with much the same."""
    free: dict[Hashable, list[str]] = {}
    for name, profile in theirs.items():
        free.setdefault(tuple(profile), []).append(name)
    found = {}
    for name, profile in ours.items():
        if profile and free.get(tuple(profile)):
            found[name] = free[tuple(profile)].pop(0)
    left = [name for name in ours if name not in found]
    right = [name for name in theirs if name not in found.values()]
    if len(left) * len(right) <= MOST_PAIRS:
        ways = {name: Counter(way for way, _ in profile) for name, profile in (*ours.items(), *theirs.items())}
        for name in left:
            likest = max(right, key=lambda other: _likeness(ways[name], ways[other]), default=None)
            if likest is not None and _likeness(ways[name], ways[likest]) >= MUCH_THE_SAME:
                found[name] = likest
                right.remove(likest)
    return found


def _likeness(one: Counter[Hashable], other: Counter[Hashable]) -> float:
    return 2 * (one & other).total() / max(one.total() + other.total(), 1)
