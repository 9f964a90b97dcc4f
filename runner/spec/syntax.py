"""What YAML's parsers say about text that is not YAML, in words for the person who wrote it.

libyaml and PyYAML word the same mistakes differently; both are met here. Knows nothing of the document that was being built.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import MarkedYAMLError

from runner.spec.complaints import Complaint
from runner.spec.source import Text

_CONFLICT = re.compile(r"^<{7}(?= )", re.MULTILINE)
TAG_HINT = "leave it out, or put text that starts with ! in quotes"


def explain(error: MarkedYAMLError, text: Text) -> Complaint:
    """Say in plain words what is wrong, and where: at the mistake rather than where the parser noticed it."""
    problem, context = str(error.problem or ""), str(error.context or "")
    at = _offset(error.problem_mark)
    since = _offset(error.context_mark) if error.context_mark else at
    char = text.content[at : at + 1]
    conflict = _CONFLICT.search(text.content)
    if conflict:
        hint = "keep one side, or both, without the lines that begin with <<<<<<<, ======= and >>>>>>>"
        return _syntax("a merge conflict is left in the file", conflict.start(), conflict.end(), hint)
    if char == "\t" and ("cannot start any token" in problem or "tab character" in problem):
        return _syntax("lines are indented with spaces; this is a tab", at)
    if "cannot start any token" in problem:
        return _syntax(f"text cannot start with {char}", at, _rest(text, at), "put it in quotes")
    if "tag" in context or "tag handle" in problem:
        return Complaint("tag", "tags are not part of the language", since, _rest(text, since), (), TAG_HINT)
    if "alias" in context or "anchor" in context:
        what = text.content[since : since + 1]
        return _syntax(f"text that starts with {what} must be in quotes", since, None, "in YAML it names an anchor")
    if "quoted" in context:
        return _quoted(problem, at, since)
    if "directive" in context or "%YAML" in problem or "incompatible" in problem:
        return _syntax("this line starts with %, and is no YAML directive", since)
    if "flow sequence" in context or "flow mapping" in context:
        return _flow(text, at, since)
    return _block(problem, context, text, at, since)


def _quoted(problem: str, at: int, since: int) -> Complaint:
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        return _syntax("there is no such \\ escape in double quotes", since, None, "single quotes take \\ as it is; or write \\\\")
    return _syntax("this quote is never closed", since)


def _flow(text: Text, at: int, since: int) -> Complaint:
    opening = text.content[since : since + 1]
    closing = "}" if opening == "{" else "]"
    if text.content[at - 1 : at + 1] == "${":
        return _syntax("inside {…} and […], text with ${…} must be in quotes", at - 1, None, 'such as "${name}"')
    if not text.content[at:].strip():
        return _syntax(f"this {opening} is never closed", since)
    line = text.line_at(since)
    return _syntax(f"expected , or {closing} here: the {opening} at line {line} is still open", at, _rest(text, at),
                   "inside {…} and […], text with a bracket, a brace or a comma in it must be in quotes")  # fmt: skip


def _block(problem: str, context: str, text: Text, at: int, since: int) -> Complaint:
    if "could not find expected ':'" in problem:
        return _syntax("this is neither `key: value` nor `- item`", since, _rest(text, since), "is a `:` missing, or a space behind it?")
    if "mapping values are not allowed" in problem:
        line_start = max(text.content.rfind(end, 0, at) for end in "\n\r") + 1
        if re.search(r":\s", text.content[line_start:at]):
            return _syntax("a second `: ` on one line", at, None, "put text with `: ` in it in quotes")
        key = at - len(text.content[line_start:at].lstrip(" -"))
        return _syntax("a key cannot stand here", key, max(at, key + 1), "is this line or the one before it indented as it should be?")
    if "sequence entries are not allowed" in problem:
        return _syntax("a list item cannot start here", at, None, "put the `-` on a line of its own")
    if "block scalar" in context:
        return _syntax("nothing but a comment may stand behind | or >", at, _rest(text, at))
    if "document start" in problem:
        return _syntax("the document has ended before this", at, _rest(text, at), "is this line indented as it should be?")
    if "node content" in problem and not text.content[at:].strip():
        return _syntax("the file ends here, within a [ or { that is never closed", at)
    if "node content" in problem:
        return _syntax("a value is missing before this", at)
    if text.content[at : at + 1] == ":":
        return _syntax("a key is missing before this", at)
    if text.content[:at].rstrip(" ").endswith(("'", '"')):
        return _syntax("text goes on behind its closing quote", at, _rest(text, at), "put all of it in quotes; inside '…', write '' for '")
    return _syntax("this does not fit what stands before it", at, _rest(text, at), "is this line indented as it should be?")


def _syntax(message: str, start: int, end: int | None = None, hint: str | None = None) -> Complaint:
    return Complaint("syntax", message, start, start + 1 if end is None else end, (), hint)


def _rest(text: Text, start: int) -> int:
    """Return where the word at `start` ends."""
    word = re.compile(r"[^\s,\]}]+").match(text.content, start)
    return word.end() if word else start + 1


def _offset(mark: Any) -> int:
    return int(mark.index) if mark else 0
