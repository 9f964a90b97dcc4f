"""Points inside of a program's own code: before each line, or before each read and write of what threads may share.

    def before(kind, thing, key, site):      # "read" or "write"; "line" at that level, with no thing and no key
        location = locations.of(thing, key, who())
        if location.sharing.touch(who(), kind):
            ...                              # take turns here: the access is made as soon as this returns

    locations = Locations()
    with Watch(["bank"], "access", before, who) as watch:
        ...                                  # run threads

`Watch` gives the functions of the chosen modules other code while it lasts, and has modules imported meanwhile compiled to such
(`watch.compile` is for who compiles a program itself). `who` returns the controlled thread that runs, or None where it is none of
those: then, and while a `before` of that thread is being executed, nothing is told. `before` may hand control to other threads, on
whatever they are carried, and may raise, in which case the access is not made. `locations` are one execution's, made anew for each; a
watch may last for many.

The code is *rewritten* (rewriting.py has the table) from its syntax tree, not traced. Three reasons. A trace function, and a callback of
`sys.monitoring`, cannot hand control to another greenlet: the interpreter counts its thread as tracing until the callback returns, and
tells of nothing that runs meanwhile (so it is on 3.11, 3.12 and 3.13). Neither can see the value stack, that is, which object an
instruction is about to touch: one has to shadow it, op by op, for each version of the bytecode. And debuggers and coverage want the
trace function for themselves. Rewritten code gives the very same points, with columns, on every CPython, runs at its own speed between
them, and other code costs nothing.

What follows from it: code without source (made by `exec`, or in C) has no points of its own. What C does with containers is told of by
a table of its functions (containers.py), as one access before the call, even if it calls back. Nor are told of: what code that is not
watched does, `__del__`, patterns of `match`, an object's `__dict__` as a dictionary, names bound by `def`, `class`, `import`, `except`.
A method that is looked up is code, no attribute that is read (attributes.py).

Where exploring may leave points out. Taking turns before *every* access is sound and slow. It is enough to do so at the accesses of
data races, for those that synchronisation orders are reordered by reordering that. Which these are is not known beforehand: so take
turns at the sites known so far, look for races at all accesses (`races.py`), and where one has a site that is new, explore again from the
start with that site too. The last time, with nothing new, is the proof. Sites are places in the source, so they mean the same in every
execution. `sharing.touch` is the quick rule for a single run: it misses the accesses of the first thread before there was a second.

Races are found by `Races(clocks).touch(task, kind, location, site)`, at each access, where `clocks = Clocks()` is told what orders the
threads: `kernel.order = clocks` before the first of them is started. `kernel.running` is a `who`.

It knows neither kernels nor schedulers, and starts nothing.
"""

from runner.accesses.clocks import Clocks
from runner.accesses.hooks import Before, Key, Kind, Who
from runner.accesses.locations import Location, Locations, Sharing
from runner.accesses.races import AccessRace, Races
from runner.accesses.sites import Site
from runner.accesses.watch import Level, Watch

__all__ = ["AccessRace", "Before", "Clocks", "Key", "Kind", "Level", "Location", "Locations", "Races", "Sharing", "Site", "Watch", "Who"]
