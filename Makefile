# Two commands on a fresh machine with Python 3.11 or newer: `make demo` and `make test`. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The first Python that is young enough; requirements/install.py says what to do when there is none.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && exit; done; echo python3)
DWELLINGS ?= 103000
SALES ?= 25000
SERVE ?= 1
# Folders carry the size, so that a quick demo never stands in the way of the full one.
RAW ?= data/raw/demo-$(DWELLINGS)-$(SALES)
OUT ?= runs/demo-$(DWELLINGS)-$(SALES)
# Two workers; each file stays with one, so that a run made for its tests is made once. A worker that dies ends the
# tests: with --dist loadfile, pytest-xdist 3.8 waits for ever for the rest of the file that it was given.
# Files that take longest come first (tests/longest_first.py); else pytest-xdist puts those with most tests first.
PYTEST ?= -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0
RUNS ?=

BIN := .venv/bin
VALUATION := $(BIN)/valuation
INSTALL_NEEDS := requirements/install.py requirements/installer.txt pyproject.toml

.PHONY: help demo test check lint types tests docs bench lock clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "make demo DWELLINGS=3000 SALES=2000   the quick demo; SERVE=0 stops before serving"

demo: .venv/demo.stamp ## Make a synthetic municipality, value it, open its office (DWELLINGS, SALES, SERVE, RAW, OUT)
	$(VALUATION) demo --dwellings $(DWELLINGS) --sales $(SALES) --raw $(RAW) --out $(OUT) \
	  $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: check ## Build the environment and run all that CI runs

check: lint ## Lint, types, fresh locks and pages, tests with doctests
	@# Types beside the tests: alone they keep one processor for about a minute, while the other has nothing to do.
	@$(MAKE) --no-print-directory --jobs 2 types tests

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy

tests: .venv/dev.stamp
	$(BIN)/python -m pytest $(PYTEST)

docs: .venv/dev.stamp ## Write the generated pages anew; RUNS='runs/kc ...' takes the README's figures from these runs
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/figures.py $(RUNS)

bench: .venv/dev.stamp ## Time the work, each figure paired with what it is measured against
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

# `make lock` keeps the versions that still fit; `make lock UPGRADE=--upgrade` takes the newest.
UPGRADE ?=
COMPILE = .venv/installer/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"

lock: .venv/demo.stamp ## Resolve pyproject.toml anew into requirements/*.txt, with hashes (needs the package index)
	$(COMPILE) pyproject.toml --all-extras --group build --group installer -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra tracking --extra letters --group build -c requirements/dev.txt -o requirements/demo.txt
	$(COMPILE) pyproject.toml --group build -c requirements/dev.txt -o requirements/core.txt
	$(COMPILE) pyproject.toml --extra postgresql --extra letters --group build -c requirements/dev.txt -o requirements/service.txt
	$(COMPILE) --group pyproject.toml:installer -c requirements/dev.txt -o requirements/installer.txt

clean: ## Remove the environment and the caches; data/ and runs/ stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/demo.stamp: requirements/demo.txt $(INSTALL_NEEDS)
	$(PYTHON) requirements/install.py demo

.venv/dev.stamp: requirements/dev.txt $(INSTALL_NEEDS)
	$(PYTHON) requirements/install.py dev
