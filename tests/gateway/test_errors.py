import re

from gateway import errors
from policies.reasons import Reason


def all_errors(kind=errors.WeirError):
    for child in kind.__subclasses__():
        yield child
        yield from all_errors(child)


OURS = [kind for kind in all_errors() if kind.__module__ == errors.__name__]
DRAWN = re.findall(r"[├└]── (\w+) +(\d{3})", errors.__doc__ or "")


def test_the_drawn_tree_is_the_tree():
    raised = {(kind.__name__, str(kind.status)) for kind in OURS} - {("ReasonedError", "500")}
    assert set(DRAWN) == raised


def test_every_error_has_a_slug_of_its_own():
    slugs = [kind.slug for kind in OURS if kind is not errors.ReasonedError]
    assert len(set(slugs)) == len(slugs)
    assert "internal" not in slugs


def test_a_refusal_names_its_rules_and_carries_its_reasons():
    reasons = (Reason("purpose-not-agreed", {"purpose": "research"}), Reason("format-unknown"))
    error = errors.RefusedError(reasons)
    assert error.reasons == reasons
    assert "purpose-not-agreed, format-unknown" in str(error)


def test_what_is_absent_and_what_is_hidden_read_the_same():
    assert str(errors.NotFoundError()) == str(errors.NotFoundError())


def test_a_refused_load_carries_its_report():
    report = object()
    assert errors.IngestError(report).report is report
