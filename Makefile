# `make demo` and `make test` are all the set-up there is.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types unit bench clean

demo: $(VENV)/.run
	$(BIN)/weir demo $(DEMO)

test: lint types unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

# The rooms that decide what leaves are covered to the last branch.
RULES := tests/anonymizers tests/policies tests/vectors $(wildcard tests/attacks/test_records_*.py) \
	$(addprefix tests/properties/test_,search_finds_the_optimum.py local_recoding.py ladders_refine.py \
	policies_consent.py policies_documents.py policies_evaluation.py normalization_settles.py \
	sequences_of_records.py sets_of_codes.py places_keep_their_floor.py aggregate_plans.py)

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile $(RULES) \
		--cov=anonymizers --cov=policies --cov-branch --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered
	$(BIN)/python -m pytest -n 2 --dist loadfile tests $(addprefix --ignore=,$(RULES))

bench: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/run.py

$(VENV)/.run: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Weir needs Python 3.11: make PYTHON=/path/to/python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
