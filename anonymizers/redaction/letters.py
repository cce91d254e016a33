"""Words in single letters, `m a r i a`: of a name that is spelled out the vowels would stay.

For `a`, `e`, `i`, `o`, `u` and `y` are words, of English or of Spanish.
"""

from __future__ import annotations

from anonymizers.redaction.spans import REDACTED, patterns

LETTERS = patterns(
    REDACTED,
    # Three letters or more, each by itself; `a y o` names nobody, but no text needs it.
    r"(?<![^\W_])(?<!')[^\W\d_](?:[\W_]{1,3}[^\W\d_](?![^\W_])){2,}",
)
