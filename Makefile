# Every target sets up .venv by itself, from the lock file, quietly when nothing changed.
# Needs: Python >= 3.11 (PYTHON=... picks one) and make. Nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo run test lint bench fuzz lock clean migration

help:  ## what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mailrouter needs Python 3.11 or later: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## the main job, played end to end on SQLite and Maildir
	@$(BIN)/mailrouter demo

run: $(VENV)/.runtime  ## serve with config/ (creates secrets and database if absent)
	@$(BIN)/mailrouter run --init --config config

test: $(VENV)/.dev  ## all tests
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/.dev  ## ruff, mypy strict, import-linter, docs check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/check.py

bench: $(VENV)/.dev  ## the benchmarks; figures on standard output
	@$(BIN)/python bench/run.py $(ARGS)

fuzz: $(VENV)/.dev  ## coverage-guided fuzzing of the reader (SECONDS=600)
	@$(PIP) install 'atheris>=3'
	@$(BIN)/python bench/fuzz_read.py -max_total_time=$(or $(SECONDS),600)

lock:  ## renew both lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

migration: $(VENV)/.dev  ## write the initial migration anew from store/tables/ (until the first release)
	@$(BIN)/python -m mailrouter.store.migrations.initial
	@$(BIN)/ruff format --quiet mailrouter/store/migrations

clean:  ## remove what the targets made
	rm -rf $(VENV) var build *.egg-info
