from __future__ import annotations

import pytest

from anonymizers.transforms.catalogue import TRANSFORMS
from policies.documents.columns import ColumnDocument
from policies.documents.policy import ACTIONS


def test_every_transform_has_an_action_of_policies_and_types_of_datasets():
    assert set(TRANSFORMS) < set(ACTIONS)
    types = ColumnDocument.model_fields["type"].annotation.__args__
    for transform in TRANSFORMS.values():
        assert set(transform.types) <= set(types)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=lambda one: one.action)
def test_every_transform_says_what_it_guarantees_and_what_not(transform):
    text = transform.__doc__
    assert text.index("Guarantee:") < text.index("Does not protect:") < text.index("References:")
