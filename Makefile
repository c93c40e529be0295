# Two commands matter: `make run` and `make test`. `make help` lists the rest.
# PYTHON chooses the interpreter (3.11 or later), PORT and RUN_DIR choose where the site runs.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
EMBEDDED := $(PY) -m ecship.embedded
TESTS ?= tests
PYTEST_ARGS ?=
PICTURES ?=
# The whole suite runs side by side, a part of it does not: a second database costs more than it saves. There are two
# workers more than cores, for while a browser draws, a database answers or a server is started, its worker waits.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
PARALLEL := $(if $(filter tests,$(TESTS)),-p tests.workers --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder)
OLDEST_PG_BIN ?= /usr/lib/postgresql/15/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export DJANGO_SETTINGS_MODULE := ecship.settings
# Bytecode is kept: else each worker, and every process that a test starts, compiles everything anew.
test nightly: export PYTHONDONTWRITEBYTECODE :=
nightly: export ECSHIP_PICTURES := 1
test: export ECSHIP_PICTURES := $(PICTURES)
export PORT CONSOLE_PORT RUN_DIR PG_BIN

.DEFAULT_GOAL := help
.PHONY: help run test test-oldest nightly check format lint types layers templates migrations deploy-check messages css bench lock \
	manage clean

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: $(VENV)/base.stamp ## Serve the site and its staff console with their own PostgreSQL and Redis (PORT=8000, RUN_DIR=.run)
	@exec $(EMBEDDED) run

test: $(VENV)/dev.stamp ## Run the tests (TESTS=tests/accounts, PYTEST_ARGS="-k name", PICTURES=1 of the journeys)
	@$(EMBEDDED) assets
	@browser="$$($(EMBEDDED) browser)" && ECSHIP_BROWSER="$$browser" ECSHIP_FAST_DB=1 \
		$(EMBEDDED) exec -- $(PY) -m pytest $(PARALLEL) $(PYTEST_ARGS) $(TESTS)

nightly: $(VENV)/dev.stamp ## Run all tests, the long ones too
	@$(EMBEDDED) assets
	@browser="$$($(EMBEDDED) browser)" && ECSHIP_BROWSER="$$browser" ECSHIP_FAST_DB=1 \
		$(EMBEDDED) exec -- $(PY) -m pytest -m "nightly or not nightly" --timeout=3600 $(PYTEST_ARGS) $(TESTS)
	@[ -n "$(PG_BIN)" ] || $(MAKE) --no-print-directory test-oldest

test-oldest: $(VENV)/dev.stamp ## Run the tests on PostgreSQL 15, the oldest that serves (OLDEST_PG_BIN=...)
	@if [ -x "$(OLDEST_PG_BIN)/postgres" ]; then $(MAKE) --no-print-directory test PG_BIN="$(OLDEST_PG_BIN)"; else \
		echo "NOT TESTED on PostgreSQL 15: it is not in $(OLDEST_PG_BIN); install postgresql-15 or set OLDEST_PG_BIN." >&2; \
		[ "$$CI" != true ]; fi

check: lint types layers templates messages migrations deploy-check ## Everything that needs no test run; CI runs it too

format: $(VENV)/dev.stamp ## Rewrite sources and templates in the project's style
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .
	-find templates -name '*.html' -print0 | xargs -0 $(VENV)/bin/djhtml --tabwidth 2
	-find templates -name '*.html' -print0 | xargs -0 $(VENV)/bin/djade --target-version 5.2

lint: $(VENV)/dev.stamp ## Style and spelling
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/codespell

types: $(VENV)/dev.stamp ## Strict typing
	$(VENV)/bin/mypy .

layers: $(VENV)/dev.stamp ## Imports point down
	$(VENV)/bin/lint-imports --no-cache

templates: $(VENV)/dev.stamp ## Indentation of templates
	find templates -name '*.html' -print0 | xargs -0 $(VENV)/bin/djhtml --tabwidth 2 --check

messages: $(VENV)/dev.stamp ## Build the message catalogues; fails for a marked string without translation
	$(PY) -m ecship.messages_build --check

migrations: $(VENV)/dev.stamp ## No model change without its migration
	@ECSHIP_FAST_DB=1 $(EMBEDDED) exec -- $(PY) manage.py makemigrations --check --dry-run

deploy-check: $(VENV)/dev.stamp ## Django's and our own checks with settings like production's
	@ECSHIP_FAST_DB=1 $(EMBEDDED) exec -- $(PY) -m ecship.embedded.production \
		$(PY) manage.py check --deploy --fail-level WARNING
	@ECSHIP_FAST_DB=1 CONSOLE=true $(EMBEDDED) exec -- $(PY) -m ecship.embedded.production \
		$(PY) manage.py check --deploy --fail-level WARNING

css: $(VENV)/base.stamp ## Build the stylesheet anew
	$(EMBEDDED) assets --anew

bench: $(VENV)/dev.stamp ## Measure (see bench/)
	@$(EMBEDDED) assets
	@for file in bench/bench_*.py; do \
		RUN_DIR="$${RUN_DIR:-.run}/bench" $(EMBEDDED) exec -- $(PY) -m "bench.$$(basename "$$file" .py)" || exit 1; done

manage: $(VENV)/base.stamp ## Run a management command on the site's data (ARGS="create_operator_key ...")
	@$(EMBEDDED) exec --site -- $(PY) manage.py $(ARGS)

lock: $(VENV)/dev.stamp ## Compile the hashed dependency lists anew, without addresses
	$(PY) -m pip install --quiet uv
	for list in base dev; do $(VENV)/bin/uv pip compile --quiet --upgrade --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements/$$list.txt \
		requirements/$$list.in || exit 1; done

clean: ## Remove the data of the site and of the tests
	@if [ -x $(PY) ]; then $(EMBEDDED) clean; fi

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "ECShip needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/base.stamp: requirements/base.txt $(VENV)/made.stamp
	@if [ ! -e $(VENV)/dev.stamp ] || [ requirements/base.txt -nt $(VENV)/dev.stamp ]; then \
		echo "Installing what the site needs ..."; \
		$(PY) -m pip install --quiet --require-hashes --no-deps -r requirements/base.txt; fi
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/made.stamp
	@echo "Installing what the tests and checks need ..."
	@$(PY) -m pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@touch $@
