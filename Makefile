# Two commands: `make check` proves the claims, and shows one and what a manifest can do; `make test` tests everything.
# `make quick` is for while you work; `make slow` goes through whole what `make test` takes samples of.
# `make docs` writes everything generated in docs/ again, `make site` makes a site of that and of all evidence in
# dist/site; `make tools` installs Mermaid's parser for the tests (npm).
# What is installed for all of these is locked in locks/: `make lock` renews that, `make newest` tries what is newer.
# `make pythons` is `make test` with every Python that is found.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := python -m pip install --quiet --disable-pip-version-check
LOCKED := $(BIN)/$(PIP) --require-hashes --no-deps
# Each module of tests is run by one process, so that what it explored or decided once is there for all its tests.
PYTEST := $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder
ITSELF := $(BIN)/$(PIP) --no-deps --no-build-isolation --editable .

.PHONY: check lint quick test slow accept pythons newest lock docs site tools invariants teeth clean
check: $(VENV)/.core
	$(BIN)/podproof check
	$(BIN)/podproof check terminal-nothing-runs
	$(BIN)/podproof explain examples/manifests/migrate-job.yaml
	@echo "Go on with a Pod of yours: $(BIN)/podproof explain FILE; or with README.md"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# While you work: the tests of fast modules only.
quick: lint
	$(PYTEST) -m quick

test: lint
	$(PYTEST) -rs -m "not slow"

# The whole of it: every mistake in every rule, all claims in all ways, and MORE times as many random systems.
MORE ?= 4
slow: lint $(VENV)/.site
	PODPROOF_MORE=$(MORE) $(PYTEST) -rs

# After a change of what is shown: writes the output that README and docs/ show again. Read the difference, then commit.
accept: $(VENV)/.dev docs
	$(BIN)/pytest -q --accept tests/golden/test_readme.py

pythons:
	for version in 3.11 3.12 3.13; do \
		if python$$version -c ''; then $(MAKE) test PY=python$$version VENV=$(VENV)/$$version || exit; fi; \
	done

# The same with the newest versions that pyproject.toml allows, in an environment of its own; says when to renew the locks.
newest:
	$(PY) -m venv --clear $(VENV)/newest
	$(VENV)/newest/bin/$(PIP) --upgrade pip
	$(VENV)/newest/bin/$(PIP) --editable . --group dev
	mkdir -p $(VENV) && touch $(VENV)/newest/.core $(VENV)/newest/.dev
	$(MAKE) test VENV=$(VENV)/newest

# One resolution for everything, for every Python and platform at once; the smaller locks are parts of it.
LOCK := $(VENV)/lock/bin/uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 \
	--only-binary :all: --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command 'make lock'
lock:
	$(PY) -m venv $(VENV)/lock
	$(VENV)/lock/bin/$(PIP) --upgrade uv
	$(LOCK) pyproject.toml --group dev --group site --output-file locks/site.txt
	$(LOCK) pyproject.toml --group dev --constraints locks/site.txt --output-file locks/dev.txt
	$(LOCK) pyproject.toml --constraints locks/site.txt --output-file locks/core.txt
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(LOCK) - --constraints locks/site.txt --output-file locks/build.txt

docs: $(VENV)/.core
	$(BIN)/python -m podproof.diagrams

# Open dist/site/index.html, or serve that folder, which search needs.
site: $(VENV)/.site
	rm -rf dist/pages
	$(BIN)/python -m podproof.diagrams.site dist/pages
	$(BIN)/mkdocs build --strict --quiet

tools:
	npm install --no-audit --no-fund --prefix tests/tools

# After a change of the model or of a claim: search the proofs that `check` then only has to check again.
invariants: $(VENV)/.core
	$(BIN)/python -m podproof.explain.find_invariants

# Which changes of the model no claim notices; takes long.
teeth: $(VENV)/.core
	$(BIN)/podproof teeth

$(VENV)/bin/python:
	$(PY) -m venv $(VENV)

$(VENV)/.core: pyproject.toml locks/build.txt locks/core.txt $(VENV)/bin/python
	$(LOCKED) -r locks/build.txt -r locks/core.txt
	$(ITSELF)
	touch $@

$(VENV)/.dev: pyproject.toml locks/dev.txt $(VENV)/bin/python
	$(LOCKED) -r locks/dev.txt
	$(ITSELF)
	touch $(VENV)/.core $@

$(VENV)/.site: pyproject.toml locks/site.txt $(VENV)/bin/python
	$(LOCKED) -r locks/site.txt
	$(ITSELF)
	touch $(VENV)/.core $(VENV)/.dev $@

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache
