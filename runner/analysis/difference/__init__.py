"""What changed from one trace to another, by what it means. Knows nothing of files, programs and words.

`compare` goes through these, one after the other:

1. `renames`, with `steps`: what only has another name, or another place in the file, is called as the actual trace has it;
2. `keys`: events become numbers, the same ones for what is the same;
3. `matching`, with `alignment`: which event of one trace is which of the other;
4. `header_footer`, `events`, `times`: what is left to be told, as the `changes` of a `Difference`;
5. `rows`: the two side by side, from where they part.
"""

from runner.analysis.difference.changes import Change, Difference, Row
from runner.analysis.difference.compare import other_bytes, trace_changes

__all__ = ["Change", "Difference", "Row", "other_bytes", "trace_changes"]
