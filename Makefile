# Needs Python 3.11 or later and make; everything else is set up here.
PYTHON ?= python3
BIN := .venv/bin
# How many processes run tests at the same time: three keep two cores at work, since tests also wait.
WORKERS ?= 3

# What every run looks at in the other currencies too; test-currencies takes all of these folders.
MONEY := tests/app/test_scenarios.py tests/functions/orders/test_forms.py tests/functions/orders/test_ends.py \
  tests/functions/loyalty/test_wallet.py tests/functions/loyalty/test_paying_from_wallet.py
MONEY_PATH := tests/app tests/functions/orders tests/functions/payments_webhook tests/functions/loyalty
CURRENCIES := USD KWD

.PHONY: run test test-currencies in-currencies test-browser test-terraform lint types imports openapi bench growth lock fuzz clean

run: .venv/local
	@exec $(BIN)/python -m local.run

test: .venv/dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	@$(MAKE) --no-print-directory in-currencies FILES="$(MONEY)"

test-currencies: .venv/dev
	@$(MAKE) --no-print-directory in-currencies FILES="$(MONEY_PATH)"

in-currencies:
	@for currency in $(CURRENCIES); do echo "In $$currency:"; \
	  TESTS_CURRENCY=$$currency $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(FILES) || exit 1; done

# Needs Debian's chromium package, or /usr/bin/chromium from elsewhere.
test-browser: .venv/dev
	@$(BIN)/python -m pytest -m browser

# Needs terraform 1.11 or later and the checking tool that TERRAFORM_CHECK names.
test-terraform: .venv/dev
	@$(BIN)/python -m pytest -m terraform

# Random calls of every operation, other ones each time; EXAMPLES=1000 makes more of each, SEED=7 those of that run again.
fuzz: .venv/dev
	@$(BIN)/python -m pytest -m fuzz $(if $(SEED),--hypothesis-seed=$(SEED))

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

# Writes the description of all functions anew; a test refuses one that has drifted.
openapi: .venv/dev
	$(BIN)/python -m local.describe

# Measures each row, and writes docs/benchmarks.md; ROWS="read list" measures some alone. Needs wrk (Debian's package).
bench: .venv-bench/ready
	@command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk"; exit 1; }
	@.venv-bench/bin/python -m benchmarks.run $(ROWS)

# What docs/scale.md reckons with: the database's CPU for a request, and what an order leaves behind.
growth: .venv-bench/ready
	@.venv-bench/bin/python -m benchmarks.growth

# Takes up newer versions of what requirements*.in name, pinned with hashes.
lock: .venv/dev
	$(BIN)/python -m pip install -qq uv
	for set in requirements requirements-local requirements-dev requirements-bench requirements-terraform; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --no-header --no-emit-index-url $$set.in --output-file $$set.txt || exit 1; done

clean:
	rm -rf .venv .venv-bench .bench .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	@echo "Making the virtual environment ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.venv/local: requirements-local.txt | .venv/bin/python
	@echo "Installing what it needs to run ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-local.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/local
	@echo "Installing what its tests need ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv-bench/ready: requirements-bench.txt | .venv/bin/python
	@echo "Installing what the benchmarks need ..."
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@
