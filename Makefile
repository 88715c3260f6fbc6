# Two commands: `make check` proves the claims and explains the examples, `make test` runs everything;
# `make teeth` asks whether the claims would notice a wrong model, which takes a while.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: check test invariants teeth clean
check: $(VENV)/.core
	$(BIN)/podproof check
	$(BIN)/podproof explain examples/manifests

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2

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
