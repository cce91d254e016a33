"""Presidio's recognizers beside our own; without the extra these tests say so."""

import logging
import socket

import pytest

from anonymizers.redaction.recognizers import KINDS
from anonymizers.redaction.redactor import Redactor
from gateway.presidio import KIND_OF, presidio_recognizers

BOTH = ("en", "es")


def test_every_kind_of_presidio_has_one_of_our_placeholders():
    assert set(KIND_OF.values()) <= set(KINDS)


@pytest.fixture(scope="module")
def presidio():
    pytest.importorskip("presidio_analyzer", reason="the extra `text` isn't installed")
    return presidio_recognizers(BOTH)


def test_numbers_with_a_checksum_are_found_in_both_languages(presidio):
    redactor = Redactor(BOTH, "unfound", presidio)
    assert "4111" not in redactor.redact("she paid by card 4111 1111 1111 1111 there")
    assert "DE89" not in redactor.redact("pagó a DE89370400440532013000 allí")


def test_nothing_is_fetched_and_nothing_is_logged(presidio, monkeypatch, caplog):
    def refuse(*_args, **_more):
        raise AssertionError("a redactor that calls somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    caplog.set_level(logging.DEBUG)
    text = "write to ana@correo.example.org or https://ana.example.org, 202-555-0143"
    assert "ana" not in Redactor(BOTH, "unfound", presidio).redact(text)
    assert not [line for line in caplog.records if "presidio" in line.name or "dec" in line.name]


def test_without_the_extra_it_can_not_be_asked_for(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(ModuleNotFoundError):
        presidio_recognizers(("es",))
