from __future__ import annotations

import pytest

from gateway.errors import IntegrityError, SealedFileError
from gateway.outcomes import CODEBOOK, CONTENT, open_outcome, part_key, seal_outcome


def test_an_outcome_opens_as_it_was_sealed_and_only_for_its_extract(shared, partner):
    row = shared.row(shared.extract(partner).id)
    outcome = open_outcome(shared.context, row)
    assert outcome.rows == 40
    assert len(outcome.content_key) == len(outcome.classes_key) == 32
    resealed = seal_outcome(shared.context, row.id, outcome)
    assert resealed != row.sealed_outcome
    row.sealed_outcome = resealed
    assert open_outcome(shared.context, row) == outcome
    row.sealed_outcome = seal_outcome(shared.context, "ext_other", outcome)
    with pytest.raises(SealedFileError):
        open_outcome(shared.context, row)


def test_keys_and_figures_of_an_outcome_are_not_in_the_clear(shared, partner):
    row = shared.row(shared.extract(partner).id)
    outcome = open_outcome(shared.context, row)
    assert outcome.content_key not in row.sealed_outcome
    assert outcome.content_sha256.encode() not in row.sealed_outcome


def test_an_extract_that_was_never_made_has_no_outcome(shared, partner):
    row = shared.row(shared.ask(partner).id)
    with pytest.raises(IntegrityError):
        open_outcome(shared.context, row)


def test_each_part_of_a_release_has_a_key_of_its_own(shared, partner):
    outcome = open_outcome(shared.context, shared.row(shared.extract(partner).id))
    keys = {part_key(outcome.content_key, part) for part in (CONTENT, CODEBOOK)}
    assert len(keys) == 2
    assert outcome.content_key not in keys
