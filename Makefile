# `make` alone tells what there is. Python's packages go to .venv, nothing else is touched.

PYTHON ?= python3
PORT ?= 9108
VENV := .venv
NPM := node_modules/.package-lock.json
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test fetch lint lint-web format unit web-test e2e conformance crash hostile fuzz bench bench-page bench-peers bench-history bench-throughput bench-visit screenshots clean
# One thing after the other: what fails first is what is read.
.NOTPARALLEL:

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## serve the room on PORT (9108)
	@# No pid file: several rooms may run from one checkout.
	exec $(BIN)/twistd --nodaemon --pidfile= chatroom --port $(PORT)

test: fetch lint unit web-test e2e ## everything: style, types, tests, coverage

# Most of it is waiting for others, so it is done side by side. What cannot be had is told
# by the target or the test that needs it.
fetch: # what the tests need from elsewhere
	@PYTHON=$(PYTHON) tools/needs.sh test
	@if command -v npm >/dev/null; then $(MAKE) --silent $(NPM); $(PYTHON) tests/e2e/browsers.py; fi & \
	$(MAKE) --silent $(VENV)/.test; status=$$?; wait; exit $$status

lint: $(VENV)/.test lint-web ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lint-web: ## style and types of the page's scripts
	@if command -v npm >/dev/null; then $(MAKE) --silent $(NPM) && node_modules/.bin/tsc && node_modules/.bin/biome check && node tools/es3.mjs; \
	elif [ "$$CI" = true ]; then echo "npm is missing" >&2; exit 1; \
	else echo "SKIPPED: the types of web/js, for want of npm"; fi

format: $(VENV)/.test ## lay the code out
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

unit: $(VENV)/.test ## the unit tests under trial, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m twisted.trial --jobs 2 --reporter=text tests
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

web-test: $(VENV)/.test ## the unit tests of the page's scripts
	@if command -v node >/dev/null; then cd tests/web && node --test; \
	else echo "SKIPPED: tests/web, for want of node"; fi

e2e: $(VENV)/.test ## what needs a server: browsers, hostile clients, the wheel
	@$(BIN)/python tests/e2e/browsers.py
	$(BIN)/pytest --no-units --numprocesses 2

conformance: $(VENV)/.test ## the Autobahn test suite, where a Python 2.7 is at hand
	$(BIN)/python tests/conformance/run.py

crash: $(VENV)/.test ## kill a room under load a hundred times: nothing may be lost
	$(BIN)/python -m tests.crash

hostile: $(VENV)/.test ## attack a real room at full size, and measure what others notice; ARGS='--only floods'
	$(BIN)/python -m tests.hostile $(ARGS)

fuzz: $(VENV)/.test ## feed what reads the wire with input that is nearly right; ARGS='--runs 1000000 --seed 7'
	$(BIN)/python -m tests.fuzz $(ARGS)

bench: $(VENV)/.test ## measure the table of docs/performance.md; ARGS='--only storm'
	$(BIN)/python -m benchmarks.targets $(ARGS)

bench-peers: $(VENV)/.test ## measure other servers, installed into .cache/bench; ARGS='--only picows'
	$(BIN)/python -m benchmarks.peers $(ARGS)

bench-page: $(VENV)/.test ## type into a burst and scroll back, in a slow browser
	$(BIN)/python -m benchmarks.page

bench-history: $(VENV)/.test ## read and search a room of a million messages
	$(BIN)/python -m benchmarks.history

bench-throughput: $(VENV)/.test ## messages a second into the log, beside bare SQLite
	$(BIN)/python -m benchmarks.throughput

bench-visit: $(VENV)/.test ## what a first visit costs: bytes, and the time until a name can be typed
	$(BIN)/python -m benchmarks.visit

screenshots: $(VENV)/.test ## take the pictures of the README anew
	$(BIN)/python tests/e2e/screenshots.py

clean: ## remove what was made, .venv too
	rm -rf $(VENV) node_modules .cache build dist *.egg-info .coverage* .hypothesis _trial_temp*
	rm -rf .mypy_cache .pytest_cache .ruff_cache twisted/plugins/dropin.cache
	find chatroom tests tools twisted -name __pycache__ -prune -exec rm -rf {} +

# Stamps: a second run installs nothing.
$(VENV)/.run: setup.py pyproject.toml tools/needs.sh
	@PYTHON=$(PYTHON) tools/needs.sh run
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing the room into $(VENV)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: setup.py pyproject.toml tools/needs.sh
	@PYTHON=$(PYTHON) tools/needs.sh test
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing the room and the tools of its tests into $(VENV)"
	@$(PIP) --editable '.[test]'
	@touch $(VENV)/.run $@

$(NPM): package.json package-lock.json .npmrc
	@echo "installing the tools of the page's scripts into node_modules"
	@npm ci --silent
	@touch $@
