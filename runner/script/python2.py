"""Know a Python 2 program by what it ended with: Python's own message does not say that its language is another one."""

from __future__ import annotations

import traceback

from runner.script.observing import short

RENAMED = {
    "ConfigParser": "configparser", "Cookie": "http.cookies", "HTMLParser": "html.parser", "Queue": "queue",
    "SocketServer": "socketserver", "StringIO": "io", "Tkinter": "tkinter", "__builtin__": "builtins", "cPickle": "pickle",
    "cStringIO": "io", "cookielib": "http.cookiejar", "dummy_thread": "_thread", "dummy_threading": "threading", "httplib": "http.client",
    "thread": "_thread", "urllib2": "urllib.request", "urlparse": "urllib.parse", "xmlrpclib": "xmlrpc.client",
}  # fmt: skip
"""Modules of Python 2's library, and where Python 3 has what was in them."""

_SYNTAX = {
    "Missing parentheses in call to 'print'": "print is a function in Python 3, print(…)",
    "Missing parentheses in call to 'exec'": "exec is a function in Python 3, exec(…)",
    "multiple exception types must be parenthesized": "`except Kind, name:` is `except Kind as name:` in Python 3",
}
"""How CPython's messages begin, from 3.11 on."""


def advice(error: BaseException) -> str | None:
    """Say in a line, with its place, which part of Python 2 ended a program; None where it was none."""
    if isinstance(error, ModuleNotFoundError) and error.name in RENAMED:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{short(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""
        return f"{place}this is Python 2 code: module {error.name} is called {RENAMED[error.name]} in Python 3"
    if isinstance(error, SyntaxError) and error.filename is not None:
        for message, now in _SYNTAX.items():
            if str(error.msg).startswith(message):
                return f"{short(error.filename)}:{error.lineno}: this is Python 2 code: {now}"
    return None
