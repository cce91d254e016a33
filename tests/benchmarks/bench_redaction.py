"""Redaction of generated narratives: what of the planted is gone, and what of the rest is left.

python tests/benchmarks/bench_redaction.py [--quick]

Both ways are measured, and Presidio's recognizers alone beside them where the extra is installed.
A planted value counts as gone when none of its telling words or digits is left.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from figures import Figure, run_as_script
from told import KINDS, kept, leaked, narratives, words

from anonymizers.redaction.redactor import Redactor

COUNT, QUICK = 4000, 60
BOTH = ("en", "es")
MESSAGES = Path(__file__).parents[2] / "gateway" / "messages"


def measure(quick):
    """Yield recall for each kind, the share of harmless words kept, and speed."""
    told = list(narratives(QUICK if quick else COUNT))
    yield from _measured("listed words", Redactor(BOTH).redact, told)
    yield from _measured("unfound, own recognizers", Redactor(BOTH, "unfound").redact, told)
    if find_spec("presidio_analyzer") is None:
        yield Figure("with Presidio", "not installed: pip install 'weir[text]'")
        return
    from gateway.presidio import presidio_recognizers

    presidio = presidio_recognizers(BOTH)
    both = Redactor(BOTH, "unfound", presidio)
    yield from _measured("unfound, own and Presidio", both.redact, told)
    yield from _measured("Presidio alone, no model", lambda text: _alone(presidio, text), told)


def _measured(way, redact, told):
    begun = time.perf_counter()
    redacted = [redact(one.text) for one in told]
    taken = time.perf_counter() - begun
    planted, missed = Counter(), Counter()
    for one, text in zip(told, redacted, strict=True):
        for kind, value in one.planted:
            planted[kind] += 1
            missed[kind] += bool(leaked(value, text))
    for kind in KINDS:
        yield Figure(f"{way}: {kind} gone", _share(planted[kind] - missed[kind], planted[kind]))
    total = sum(planted.values())
    yield Figure(f"{way}: all gone", _share(total - sum(missed.values()), total))
    harmless = sum(len(one.harmless) for one in told)
    left = sum(kept(one.harmless, text) for one, text in zip(told, redacted, strict=True))
    yield Figure(f"{way}: harmless words kept", _share(left, harmless))
    prose = [line for language in BOTH for line in _prose(language)]
    stays = sum(kept(words(line), redact(line)) for line in prose)
    yield Figure(
        f"{way}: words of other prose kept", _share(stays, sum(len(words(line)) for line in prose))
    )
    yield Figure(f"{way}: texts a second", f"{len(told) / taken:,.0f}")


def _alone(presidio, text):
    for recognizer in presidio:
        for span in sorted(recognizer.find(text), key=lambda span: -span.start):
            text = f"{text[: span.start]} [{span.kind}] {text[span.end :]}"
    return text


def _prose(language):
    """Return texts that weren't written for this: the gateway's own messages."""
    lines = (MESSAGES / f"{language}.yaml").read_text(encoding="utf-8").splitlines()
    said = [line.split('"')[1] for line in lines if '"' in line and not line.startswith("#")]
    return [re.sub(r"[{\[`][^}\]`]*[}\]`]", " ", line) for line in said]


def _share(part, whole):
    return f"{part / whole:.2%} of {whole}" if whole else "none"


if __name__ == "__main__":
    run_as_script(measure)
