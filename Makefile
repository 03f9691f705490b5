# `make` shows the targets. Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHON
.DEFAULT_GOAL := help

# A .venv whose Python is gone counts as not installed.
$(shell $(BIN)/python -c '' 2>/dev/null || rm -f $(VENV)/.installed $(VENV)/.installed-dev)

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The stamp keeps a second `make run` from asking the package registry again.
$(VENV)/.installed: requirements.lock pyproject.toml
	@sh scripts/install.sh requirements.lock $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml
	@sh scripts/install.sh requirements-dev.lock $@

setup: $(VENV)/.installed ## make .venv from the lock file

# Ctrl-C is how one stops a server: no complaint from make about it.
run: setup ## start the service with the sample shop, open for questions
	@trap : INT; $(BIN)/querent serve $(ARGS); code=$$?; [ $$code -eq 130 ] || exit $$code

test: $(VENV)/.installed-dev ## run the tests, three at a time (one: ARGS=-n0)
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: $(VENV)/.installed-dev ## run the tests under branch coverage; fails below 90 % (agent/guard: 98 %)
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --skip-covered --fail-under=90
	@$(BIN)/coverage report --include="agent/guard/*" --fail-under=98

check: $(VENV)/.installed-dev ## lint, format check, types, rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## rewrite the source in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev ## renew the generated documentation and build the site in site/
	@$(BIN)/python -m scripts.generate_docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

studio: $(VENV)/.installed-dev ## open the graph in LangGraph Studio's server, offline
	@LANGSMITH_TRACING=false LANGGRAPH_CLI_NO_ANALYTICS=1 $(BIN)/langgraph dev --no-browser $(ARGS)

bench: $(VENV)/.installed-dev ## measure what the service adds to a question
	@$(BIN)/python -m benchmarks.run $(ARGS)

chaos: $(VENV)/.installed-dev ## break everything while N questions are asked, and see that nothing is lost
	@$(BIN)/python -m benchmarks.chaos.run --runs $(or $(N),200) $(ARGS)

eval: $(VENV)/.installed-dev ## measure how good the answers are
	@$(BIN)/python -m benchmarks.accuracy.run $(ARGS)

# Questions with known queries: a file of lines, and a folder of SQLite files.
QUESTIONS ?= ../shared/bench/spider/train.jsonl
DATABASES ?= ../shared/bench/spider/databases

calibrate: $(VENV)/.installed-dev ## fit how sure the built-in analyst may be (QUESTIONS=… DATABASES=…)
	@$(BIN)/python -m benchmarks.accuracy.calibrate $(QUESTIONS) $(DATABASES)

clean: ## remove what the targets above made, but not the data folder
	rm -rf $(VENV) .venv.lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist site .langgraph_api

lock: ## renew the lock files (needs uv)
	@sh scripts/lock.sh

.PHONY: help setup run test coverage check format docs studio bench chaos eval calibrate clean lock
