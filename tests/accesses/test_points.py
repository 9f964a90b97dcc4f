"""What is told of: the reads and writes of small texts, and their lines. The same on every CPython."""

from __future__ import annotations

import pytest

from tests.accesses.programs import points, touched

BOX = "class Box:\n    shared = 0\n    def __init__(self): self.n, self.d, self.l = 1, {'a': 1}, [1, 2]\nbox = Box()\n"
IN_BOX = BOX + "def f(box):\n    STATEMENT  # here\nf(box)\n"

ACCESSES = {
    "read": ("return box.n", ["read Box.n"]),
    "write": ("box.n = 2", ["write Box.n"]),
    "delete": ("del box.n", ["write Box.n"]),
    "add": ("box.n += 1", ["read Box.n", "write Box.n"]),
    "operands first": ("box.n = box.d['a']", ["read Box.d", "read Box.d['a']", "write Box.n"]),
    "unpacked": ("box.n, box.m = box.l", ["read Box.l", "read Box.l[*]", "write Box.n", "write Box.m"]),
    "a class's attribute": ("return box.shared", ["read Box.shared", "read Box.shared"]),
    "method": ("box.__init__()", []),
    "new attribute": ("box.m = 1; return box.m", ["write Box.m", "read Box.m"]),
    "by name": ("setattr(box, 'n', getattr(box, 'n'))", ["read Box.n", "write Box.n"]),
    "item": ("return box.d['a']", ["read Box.d", "read Box.d['a']"]),
    "item that is there": ("box.d['a'] = 2", ["read Box.d", "write Box.d['a']"]),
    "item that is new": ("box.d['b'] = 2", ["read Box.d", "write Box.d[*]"]),
    "item, add": ("box.d['a'] += 2", ["read Box.d", "read Box.d['a']", "write Box.d['a']"]),
    "item deleted": ("del box.d['a']", ["read Box.d", "write Box.d[*]"]),
    "item of a list": ("box.l[1] = box.l[0]", ["read Box.l", "read Box.l[0]", "read Box.l", "write Box.l[1]"]),
    "last of a list": ("return box.l[-1]", ["read Box.l", "read Box.l[*]"]),
    "slice": ("box.l[0:1] = []", ["read Box.l", "write Box.l[*]"]),
    "in": ("return 'a' in box.d", ["read Box.d", "read Box.d['a']"]),
    "not in": ("return 7 not in box.l", ["read Box.l", "read Box.l[*]"]),
    "get": ("return box.d.get('a')", ["read Box.d", "read Box.d['a']"]),
    "setdefault, there": ("box.d.setdefault('a', 1)", ["read Box.d", "read Box.d['a']"]),
    "setdefault, new": ("box.d.setdefault('b', 1)", ["read Box.d", "write Box.d[*]"]),
    "append": ("box.l.append(box.n)", ["read Box.l", "read Box.n", "write Box.l[*]"]),
    "pop": ("box.l.pop()", ["read Box.l", "write Box.l[*]"]),
    "len": ("return len(box.l)", ["read Box.l", "read Box.l[*]"]),
    "truth": ("return 1 if box.l else 2", ["read Box.l", "read Box.l[*]"]),
    "number's truth": ("return 1 if box.n else 2", ["read Box.n"]),
    "loop": ("for x in box.l: pass", ["read Box.l", "read Box.l[*]", "read Box.l[*]", "read Box.l[*]"]),
    "loop of a view": ("for x, y in box.d.items(): pass", ["read Box.d", "read Box.d[*]", "read Box.d[*]"]),
    "enumerate": ("return [x for x, y in enumerate(box.l) if y > 1]", ["read Box.l", "read Box.l[*]", "read Box.l[*]", "read Box.l[*]"]),
    "sorted": ("return sorted(box.l)", ["read Box.l", "read Box.l[*]"]),
    "list": ("return list(box.d)", ["read Box.d", "read Box.d[*]"]),
    "sum of lists": ("return box.l + [1]", ["read Box.l", "read Box.l[*]", "read list[*]"]),
    "list, add in place": ("box.l += [1]", ["read Box.l", "read list[*]", "write Box.l[*]", "write Box.l"]),
    "equal": ("return box.l == box.d", ["read Box.l", "read Box.d", "read Box.l[*]", "read Box.d[*]"]),
    "star": ("return [*box.l]", ["read Box.l", "read Box.l[*]"]),
    "text": ("return f'{box.l}{box.n}'", ["read Box.l", "read Box.l[*]", "read Box.n"]),
    "heap": ("import heapq; push = heapq.heappush; push(box.l, 1)", ["read Box.l", "write Box.l[*]"]),
    "constants": ("x = 1; y = x + 1; return (x, y, str(x))", []),
    "modules": ("import os; return os.path.join('a', 'b')", []),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), ACCESSES.values(), ids=ACCESSES)
def test_accesses(statement: str, expected: list[str]) -> None:
    """Each access is told of once, in Python's order of evaluation, by the object that it is to."""
    assert touched(IN_BOX.replace("STATEMENT", statement)) == expected


WHOLE = {
    "globals": (
        "total = 0\ndef f():\n    global total\n    total += 1  # here\nf()\nprint\n",
        ["read total", "write total"],
    ),
    "functions and classes are no variables": ("class A: pass\ndef f(): return A\ndef g(): return f()  # here\ng()\n", []),
    "closure": (
        "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1; return n  # here\n    return g()\nf()\n",
        ["read n", "write n", "read n"],
    ),
    "closure that nobody changes": ("def f():\n    n = 0\n    def g():\n        return n  # here\n    return g()\nf()\n", []),
    "changed where it is made": (
        "def f():\n    n = 0\n    def g(): return n\n    n = 2  # here\n    return g()\nassert f() == 2\n",
        ["write n"],
    ),
    "comprehension": ("xs = [1]\ndef f():\n    return [x for x in xs]  # here\nf()\n", ["read xs", "read xs[*]", "read xs[*]"]),
    "slots": (
        "class A:\n    __slots__ = ('n',)\n    def f(self):\n        self.n = 1; return self.n  # here\nassert A().f() == 1\n",
        ["write A.n", "read A.n"],
    ),
    "property": (
        "class A:\n    _n = 1\n    @property\n    def n(self): return 1\n    def f(self): return self.n  # here\nassert A().f() == 1\n",
        [],
    ),
    "private": (
        "class A:\n    def f(self):\n        self.__n = 1; return self.__n  # here\nassert A().f() == 1\n",
        ["write A._A__n", "read A._A__n"],
    ),
    "thread's own": ("import threading\nown = threading.local()\ndef f(own):\n    own.n = 1  # here\nf(own)\n", []),
    "class": ("class A: n = 0\ndef f(): A.n += 1  # here\nf()\n", ["read A.n", "write A.n"]),
    "second of its class": ("class A: pass\na, b = A(), A()\na.n = 1\ndef f(b): b.n = 1  # here\nf(b)\n", ["write A#2.n"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WHOLE.values(), ids=WHOLE)
def test_variables(text: str, expected: list[str]) -> None:
    """Variables of modules, classes and functions are told of where they can change, by names that are the same each time."""
    assert touched(text) == expected


def test_places() -> None:
    """A place is a line and the column of what is named there."""
    text = "class A: pass\na = A()\na.n = 1\na.n += 1\n"
    assert points(text) == ["write a 2:1", "read a 3:1", "write A.n 3:3", "read a 4:1", "read A.n 4:3", "write A.n 4:3"]


def test_lines() -> None:
    """At lines, each statement is told of, and each turn of a loop."""
    text = "def f():\n    '''Text.'''\n    n = 0\n    while n < 2:\n        n += 1\n    for x in 'ab':\n        pass\n    return n\nf()\n"
    assert [each.split()[1].partition(":")[0] for each in points(text, "line")] == ["1", "9", "3", *"45454", *"67676", "8"]


def test_both() -> None:
    """Lines and accesses can be told of together."""
    text = "xs = [1]\nfor x in xs:\n    pass\n"
    assert [each.rpartition(":")[0] for each in points(text, "both")] == [
        "line 1", "write xs 1", "line 2", "read xs 2", "read xs[*] 2", "write x 2", "line 3", "line 2", "read xs[*] 2",
    ]  # fmt: skip
