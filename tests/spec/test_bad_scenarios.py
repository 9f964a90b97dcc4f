"""YAML that is no scenario: every mistake once, at its place, under its code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runner.errors import Problem, ScenarioError
from runner.spec import loads

Mistakes = Callable[[str], list[str]]
HEAD = "schema: 1\n"
STEP = HEAD + "main:\n  - "
THREAD = HEAD + "threads:\n  t: "
RESOURCE = HEAD + "main: [break]\nresources:\n  r: "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HEAD + "main: [break]\nname: a\nname: b\n", "4:1 duplicate-key", id="duplicate"),
        pytest.param(STEP + "acquire: {lock: a, lock: b}\n", "3:24 duplicate-key", id="duplicate in braces"),
        pytest.param(HEAD + "main: [break]\n1: x\n", "3:1 key-not-text", id="number"),
        pytest.param(HEAD + "main: [break]\ntrue: x\n", "3:1 key-not-text", id="true"),
        pytest.param(HEAD + "main: [break]\nnull: x\n", "3:1 key-not-text", id="null"),
        pytest.param(HEAD + "main: [break]\n? [a]\n: x\n", "3:3 key-not-text", id="list"),
        pytest.param(HEAD + "main: [break]\n{a: b}: x\n", "3:1 key-not-text", id="mapping"),
        pytest.param(HEAD + "x-a: &a {b: 1}\nmain: [break]\nexpect:\n  <<: *a\n", "5:3 merge-key", id="merge"),
        pytest.param(HEAD + "main: [break]\nresource: {}\n", "3:1 unknown-key", id="unknown"),
        pytest.param(STEP + "acquire: {lock: a, timout: 1}\n", "3:24 unknown-key", id="unknown in a verb"),
        pytest.param("main: [break]\n", "1:1 missing-key", id="no schema"),
        pytest.param(STEP + "acquire: {}\n", "3:14 missing-key", id="missing in a verb"),
        pytest.param(STEP + "acquire: {lok: a}\n", "3:15 unknown-key", id="misspelt is not missing too"),
        pytest.param(STEP + "repeat: {count: 2, do: [break]}\n", "3:14 unknown-key", id="one too many and one missing"),
    ],
)
def test_keys(text: str, expected: str, mistakes: Mistakes) -> None:
    """Keys are text, known, and there once."""
    assert mistakes(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(STEP + "print: !secret x\n", "3:12 tag", id="custom"),
        pytest.param(STEP + "print: !!python/object/apply:os.system [x]\n", "3:12 tag", id="python"),
        pytest.param(STEP + 'sleep: !!int "5"\n', "3:12 tag", id="standard"),
        pytest.param(STEP + "print: ! x\n", "3:12 tag", id="non-specific"),
        pytest.param(STEP + "print: &a !x {b: 1}\n", "3:15 tag", id="behind an anchor"),
        pytest.param(STEP + "sleep: .nan\n", "3:12 not-finite", id=".nan"),
        pytest.param(STEP + "sleep: -.inf\n", "3:12 not-finite", id="-.inf"),
        pytest.param(THREAD + "{do: [break], iterations: yes}\n", "3:32 wrong-type", id="iterations: yes"),
        pytest.param(STEP + "sleep: 1:30\n", "3:12 bad-duration", id="1:30"),
        pytest.param(STEP + "sleep: *no\n", "3:12 unknown-alias", id="unknown alias"),
        pytest.param(HEAD + "main: &m [{print: *m}]\n", "2:19 recursive-alias", id="recursive alias"),
        pytest.param(HEAD + "x-a: &a 1\nx-b: &a 2\nmain: [break]\n", "3:6 duplicate-anchor", id="anchor twice"),
    ],
)
def test_tags_scalars_aliases(text: str, expected: str, mistakes: Mistakes) -> None:
    """What YAML has and the language has not is named where it stands."""
    assert mistakes(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(STEP + "\n", "3:3 no-verb", id="null"),
        pytest.param(STEP + "{}\n", "3:5 no-verb", id="no verb"),
        pytest.param(STEP + "acquire guard\n", "3:5 no-verb", id="no colon"),
        pytest.param(STEP + "3\n", "3:5 no-verb", id="a number"),
        pytest.param(STEP + "sleep: 1\n    print: x\n", "3:5 two-verbs", id="two verbs"),
        pytest.param(STEP + "with: guard\n    do: [break]\n", "3:5 two-verbs", id="not indented"),
        pytest.param(STEP + "aquire: guard\n", "3:5 unknown-verb", id="misspelt verb"),
        pytest.param(STEP + "acquire:\n", "3:5 wrong-type", id="verb without anything"),
        pytest.param(STEP + "read: counter\n", "3:11 wrong-type", id="no short form"),
        pytest.param(STEP + "break: 1\n", "3:12 wrong-type", id="break with something"),
        pytest.param(STEP + "forever: []\n", "3:14 empty-steps", id="empty steps"),
        pytest.param(STEP + "repeat: {times: 2, do: []}\n", "3:28 empty-steps", id="empty do"),
        pytest.param(HEAD + "main: []\n", "2:7 empty-steps", id="empty main"),
        pytest.param(HEAD + "main: {sleep: 1}\n", "2:7 wrong-type", id="main is a mapping"),
    ],
)
def test_steps(text: str, expected: str, mistakes: Mistakes) -> None:
    """A step has one verb, and a list of steps has one step at least."""
    assert mistakes(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("schema: 2\nmain: [break]\nnews: 1\n", "1:9 unknown-schema", id="schema 2"),
        pytest.param('schema: "1"\nmain: [break]\n', "1:9 unknown-schema", id="schema as text"),
        pytest.param("schema: true\nmain: [break]\n", "1:9 unknown-schema", id="schema true"),
        pytest.param("schema: 1.0\nmain: [break]\n", "1:9 unknown-schema", id="schema 1.0"),
        pytest.param(STEP + "sleep: -1\n", "3:12 bad-duration", id="negative duration"),
        pytest.param(STEP + "sleep: 1" + "0" * 400 + "\n", "3:12 bad-duration", id="huge duration"),
        pytest.param(STEP + "sleep: soon\n", "3:12 bad-duration", id="no duration"),
        pytest.param(STEP + "sleep:\n", "3:5 wrong-type", id="missing duration"),
        pytest.param(STEP + "sleep: [1]\n", "3:12 wrong-type", id="list for a duration"),
        pytest.param(STEP + "get: {queue: q, timeout: }\n", "3:21 missing-value", id="key without a value"),
        pytest.param(STEP + "repeat: {times: 0, do: [break]}\n", "3:21 bad-count", id="zero count"),
        pytest.param(THREAD + "{do: [break], count: 1" + "0" * 3000 + "}\n", "3:27 bad-count", id="huge count"),
        pytest.param(STEP + "let: {for: 1}\n", "3:11 bad-name", id="keyword for a name"),
        pytest.param(STEP + "let: 3\n", "3:10 wrong-type", id="number for a mapping"),
        pytest.param(STEP + "set: [a]\n", "3:10 wrong-type", id="set a list"),
        pytest.param(STEP + "acquire: {lock: a, blocking: yes}\n", "3:34 wrong-type", id="yes for true"),
        pytest.param(STEP + "run: {function: f, args: 3}\n", "3:30 wrong-type", id="arguments"),
        pytest.param(HEAD + "main: [break]\ntags: demo\n", "3:7 wrong-type", id="text for a list"),
        pytest.param(HEAD + "main: [break]\nexpect: {outcome: deadlok}\n", "3:19 wrong-value", id="one of a few words"),
        pytest.param(RESOURCE + "lok\n", "4:6 unknown-kind", id="unknown kind"),
        pytest.param(RESOURCE + "{kind: lok}\n", "4:13 unknown-kind", id="unknown kind in a mapping"),
        pytest.param(RESOURCE + "{kind: 3}\n", "4:13 wrong-type", id="number for a kind"),
        pytest.param(RESOURCE + "{}\n", "4:6 missing-key", id="no kind"),
        pytest.param(RESOURCE + "{type: lock}\n", "4:7 unknown-key", id="type for kind"),
        pytest.param(RESOURCE + "3\n", "4:6 wrong-type", id="number for a resource"),
        pytest.param(RESOURCE + "{kind: lock, lock: x}\n", "4:19 unknown-key", id="key named as the kind"),
        pytest.param(RESOURCE + "{kind: queue, maxsize: -1}\n", "4:29 bad-count", id="within a kind"),
        pytest.param(RESOURCE + "{kind: barrier}\n", "4:6 missing-key", id="missing in a kind"),
        pytest.param(THREAD + "{}\n", "3:6 thread-body", id="no body"),
        pytest.param(THREAD + "{do: [break], target: f}\n", "3:6 thread-body", id="two bodies"),
        pytest.param(THREAD + "{tagret: f}\n", "3:7 unknown-key", id="misspelt body"),
        pytest.param(THREAD + "{do: [break], args: [1]}\n", "3:6 thread-body", id="arguments without target"),
        pytest.param(THREAD + "f\n", "3:6 wrong-type", id="text for a thread"),
        pytest.param(HEAD + "threads: {'': {do: [break]}}\n", "2:11 bad-name", id="empty name"),
        pytest.param(HEAD, "1:1 nothing-to-run", id="nothing to run"),
    ],
)
def test_values(text: str, expected: str, mistakes: Mistakes) -> None:
    """A value of the wrong type or range is named where it stands."""
    assert mistakes(text) == [expected]


def problem_in(text: str) -> Problem:
    """Return the only problem of a text."""
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (STEP + "aquire: guard\n", "did you mean 'acquire'?"),
        (STEP + "lock: guard\n", "did you mean 'acquire'?"),
        (STEP + "acquire:guard\n", "did you mean `acquire: guard`?"),
        (STEP + "acquire: {lok: a}\n", "did you mean 'lock'?"),
        (HEAD + "steps: [break]\n", "did you mean 'main'?"),
        (HEAD + "main: [break]\nresource: {}\n", "did you mean 'resources'?"),
        (HEAD + "main: [break]\nexpect: {foo: 1}\n", "it may have deadlock, outcome, printed, queues, raises and vars"),
        (RESOURCE + "{kind: semafore}\n", "did you mean 'semaphore'?"),
        (RESOURCE + "{kind: queue, size: 3}\n", "did you mean 'maxsize'?"),
        (HEAD + "main: [break]\n1: x\n", 'write "1"'),
        ("main: [break]\n", "start the file with `schema: 1`"),
    ],
)
def test_hints(text: str, hint: str) -> None:
    """Where the right word can be guessed it is offered, and else what is allowed."""
    assert problem_in(text).hint == hint


def test_both_places_of_a_duplicate_are_told() -> None:
    """The problem stands at the second key and names the first one's line."""
    problem = problem_in(HEAD + "name: a\nmain: [break]\nname: b\n")
    assert problem.message == "the key 'name' is here twice; the first is at line 2"


def test_paths_are_those_of_the_file() -> None:
    """A problem's path leads through the file as it is written, not through the models."""
    assert problem_in(RESOURCE + "{kind: queue, maxsize: -1}\n").place.path == "resources.r.maxsize"
    assert problem_in(STEP + "acquire: {lok: a}\n").place.path == "main[0].acquire.lok"


def test_all_problems_are_told_at_once(mistakes: Mistakes) -> None:
    """What is wrong with the YAML and what is wrong with the scenario comes together, in the file's order."""
    text = HEAD + "threads:\n  a: {doo: 1}\n  b:\n    do:\n      - sleep: -1\n      - aquire: x\n      - print: !x y\nname: [1]\nname: 2\n"
    assert mistakes(text) == [
        "3:7 unknown-key",
        "6:16 bad-duration",
        "7:9 unknown-verb",
        "8:16 tag",
        "10:1 duplicate-key",
        "10:7 wrong-type",
    ]


def test_a_mistake_behind_an_anchor_is_told_once(mistakes: Mistakes) -> None:
    """However often aliases repeat it, it stands in the file once."""
    assert mistakes(HEAD + "x-a: &a [{sleep: -1}]\nmain: *a\nthreads: {t: {do: *a}}\n") == ["2:18 bad-duration"]


def test_messages_hold_no_pydantic(mistakes: Mistakes) -> None:
    """A word that an author cannot know does not reach them."""
    with pytest.raises(ScenarioError) as caught:
        loads(HEAD + "threads: {a: 1}\nresources: {b: [], c: {}}\ntags: 1\nexpect: {vars: 1, printed: 1, queues: {q: 1}, outcome: x}\n")
    words = " ".join(p.message for p in caught.value.problems).lower()
    assert not any(word in words for word in ("input", "pydantic", "dictionary", "valid", "field", "discriminator"))
