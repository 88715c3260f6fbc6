# Two commands: `make check` proves the claims and explains the examples, `make test` runs everything.
# `make docs` writes everything generated in docs/ again, `make site` makes a site of it; `make tools` installs Mermaid's
# parser for the tests (npm).
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: check test soak docs site tools invariants teeth clean
check: $(VENV)/.core
	$(BIN)/podproof check
	$(BIN)/podproof explain examples/manifests

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 -rs

# Thousands of random systems: engines against brute force, for half an hour.
soak: $(VENV)/.dev
	PODPROOF_SOAK=20 $(BIN)/pytest -q -n 2 tests/test_engines.py tests/test_assumptions_random.py \
		tests/test_liveness_random.py -k 'random or trying or every_number'

docs: $(VENV)/.core
	$(BIN)/python -m podproof.diagrams

site: $(VENV)/.dev docs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group site
	$(BIN)/mkdocs build --quiet --site-dir dist/site

tools:
	npm install --no-audit --no-fund --prefix tests/tools

# After a change of the model or of a claim: search the proofs that `check` then only has to check again.
invariants: $(VENV)/.core
	$(BIN)/python -m podproof.evidence.search

# Which changes of the model no claim notices; takes long.
teeth: $(VENV)/.core
	$(BIN)/podproof teeth

$(VENV)/bin/python:
	$(PY) -m venv $(VENV)

$(VENV)/.core: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $(VENV)/.core $@

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache
