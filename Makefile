# Every target sets up what it needs in .venv by itself; `make` alone lists the targets.
PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
DEBIAN := on Debian: apt-get install python3 python3-venv

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test slow lint types contracts check docs clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.ready ## Do the whole job offline on a simulated market and write its report
	@$(BIN)/eventstudy demo $(ARGS)

test: $(VENV)/.ready-for-work ## Run every test but the slow ones (more options in ARGS="...")
	@$(BIN)/pytest -m "not slow" -n $(WORKERS) --dist loadfile $(ARGS)

slow: $(VENV)/.ready-for-work ## Run the slow tests: long simulations
	@$(BIN)/pytest -m slow -n $(WORKERS) $(ARGS)

lint: $(VENV)/.ready-for-work ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.ready-for-work ## Check types
	@$(BIN)/mypy

contracts: $(VENV)/.ready-for-work ## Check who may import whom
	@$(BIN)/lint-imports --no-logo

check: lint types contracts test ## Run lint, types, contracts and test

docs: $(VENV)/.ready-for-work ## Write again the tables of docs/ that come from the program
	@$(BIN)/python -m tests.documents.pages

clean: ## Remove the environment, the caches and what was built
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call install,WHAT): pip's words are kept in a log and shown only when it fails.
define install
	@echo "Setting up $(VENV): fetching and installing packages, once, a minute or two ..." >&2
	@$(BIN)/python -m pip install --disable-pip-version-check --editable '$(1)' >$(VENV)/setup.log 2>&1 </dev/null \
	  || { cat $(VENV)/setup.log >&2; echo "make: the set-up failed, see above; mend it and run make again" >&2; exit 1; }
endef

$(VENV)/.ready: pyproject.toml | $(BIN)/python
	$(call install,.)
	@touch $@

$(VENV)/.ready-for-work: pyproject.toml | $(BIN)/python
	$(call install,.[dev])
	@touch $(VENV)/.ready $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null \
	  || { echo "make: there is no $(PYTHON); install Python 3.11 or later ($(DEBIAN))" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: $(PYTHON) is too old, 3.11 or later is needed; try make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "make: $(PYTHON) has no venv module; install it ($(DEBIAN))" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
