"""Scenario → Program: resolve names, compile expressions, flatten control flow. The last package that knows the file's form."""

from runner.compiler.link import compile_scenario

__all__ = ["compile_scenario"]
