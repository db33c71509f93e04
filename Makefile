# `make run` starts the house, `make test` tests it. Both set up everything they need; `make help` lists the rest.
PY = .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help run test check engine bench fmt docs lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up, create the demo and start the server (PORT=8000)
	@./run

test: ## Set up and run the whole suite
	@./run test

check: ## Lint, format, types, floors, architecture, migrations, deployment
	@scripts/setup.sh dev
	@scripts/check.sh

# Tests are rewritten when they are read, which takes longer than running them: what was rewritten is kept.
engine: ## The engine's tests alone (virtual time, seconds)
	@scripts/setup.sh test
	PYTHONDONTWRITEBYTECODE= HYPOTHESIS_PROFILE=quick $(PY) -m pytest -c tests/engine/suite.ini --rootdir . tests/engine -q \
		-m "not worker and not network and not property and not heavy"

bench: ## Speed and memory, as a table with ratios
	@scripts/setup.sh test
	$(PY) -m tests.perf

fmt: ## Format and put imports in order
	@scripts/setup.sh dev
	$(PY) -m ruff check --fix --quiet .
	$(PY) -m ruff format .

docs: ## Renew the tables in docs/guide that are made from the code
	@scripts/setup.sh test
	$(PY) -m tests.house.coverage

lock: ## Renew requirements/*.txt (UPGRADE=1 for newer versions)
	@scripts/lock.sh

clean: ## Remove the virtual environment and caches (keeps var/: database, recordings)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
