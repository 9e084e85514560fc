# Two commands matter on a fresh machine: `make run` and `make test`.
# Both make .venv with the exact versions of requirements/; a second call reuses it.

VENV := .venv
BIN := $(VENV)/bin

# The first Python on this machine that is new enough; `make PYTHON=python3.13 run` overrides it.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

# What happens to be on this machine must not reach the program.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIP := $(BIN)/python -m pip install --quiet
LOCKED := --no-build-isolation -c requirements/run.txt

.DEFAULT_GOAL := help
.PHONY: help install run test check format soak bench bench-peers docs lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Townlet needs Python 3.11 or newer and found none: install it, or name it with 'make PYTHON=/path/to/python3.11 …'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Townlet needs Python 3.11 or newer; '$(PYTHON)' is older or does not run." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml requirements/build.txt requirements/run.txt
	@echo "Installing Townlet and what it runs with (requirements/run.txt)"
	@$(PIP) -r requirements/build.txt
	@$(PIP) $(LOCKED) -e '.[report]'
	@touch $@

$(VENV)/.tools: $(VENV)/.installed requirements/dev.txt
	@echo "Installing what the tests and checks need (requirements/dev.txt)"
	@$(PIP) $(LOCKED) -c requirements/dev.txt -e '.[report,dev]'
	@touch $@

install: $(VENV)/.installed ## make .venv and install the locked versions

run: $(VENV)/.installed ## show a living town: one day, its map, its numbers, pictures in out/town
	@$(BIN)/townlet map configs/town.yaml
	@$(BIN)/townlet run configs/town.yaml --days 1 --out out/town
	@echo "Next: $(BIN)/townlet --help"

test: $(VENV)/.tools ## install what the tests need and run them
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.tools ## lint, format, types, import directions, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate src systems components

format: $(VENV)/.tools ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Hours. Each line leaves its report in out/soak; a line that fails stops the rest.
SOAK := $(BIN)/townlet soak configs/town.yaml
soak: $(VENV)/.installed ## the long soaks: 2,000 random towns, a million agents, a million ticks, ten kills
	@$(SOAK) --storm 2000
	@$(SOAK) --agents 1000 --ticks 20000 --faults all --save-every 2000 --out out/soak/killed
	@$(SOAK) --agents 1000 --ticks 20000 --faults deaths,outages,crowds,probes,actions,restores --out out/soak/whole
	@$(BIN)/python -c "import json; a, b = (json.load(open(f'out/soak/{n}/summary.json'))['state_hash'] for n in ('killed', 'whole')); print('killed ten times, or never:', a, b); raise SystemExit(a != b)"
	@$(SOAK) --agents 1000000 --ticks 2880 --save-every 1440 --save-minutes 60 --out out/soak/million-agents
	@$(SOAK) --agents 1000 --ticks 1000000 --faults deaths,outages,crowds,probes,actions,restores --out out/soak/million-ticks

bench: $(VENV)/.tools ## time the kernels and whole ticks (bench/README.md)
	@$(BIN)/python -m pytest bench -o addopts=--import-mode=importlib --benchmark-only

# What `python -m bench.peers` is told besides, such as RECORD=--update-readme.
RECORD ?=

bench-peers: $(VENV)/.tools ## time MAgent2, Mesa and others beside Townlet, in an environment of their own
	@test -x build/peers/bin/python || $(PYTHON) -m venv build/peers
	@build/peers/bin/python -m pip install --quiet -r bench/peers/requirements.txt
	@$(BIN)/python -m bench.peers $(RECORD)

docs: $(VENV)/.tools ## write the generated references in docs/ anew
	@$(BIN)/python -m townlet.docs
	@$(BIN)/townlet config reference --out docs/reference/config.md

lock: ## resolve pyproject.toml anew and write requirements/*.txt
	@rm -rf build/lock && $(PYTHON) -m venv build/lock/build && $(PYTHON) -m venv build/lock/run
	@build/lock/build/bin/python -m pip install --quiet hatchling editables
	@build/lock/run/bin/python -m pip install --quiet -e '.[report]'
	@{ echo '# What builds the package, exactly. `make lock` writes this file.'; \
	   build/lock/build/bin/python -m pip freeze; } > build/lock/build.txt
	@{ echo '# What Townlet runs with, exactly (the `report` extra included). `make lock` writes this file.'; \
	   build/lock/run/bin/python -m pip freeze --exclude-editable; } > build/lock/run.txt
	@build/lock/run/bin/python -m pip install --quiet -c build/lock/run.txt -e '.[report,dev]'
	@{ echo '# What tests and tools need besides run.txt, exactly. `make lock` writes this file.'; \
	   build/lock/run/bin/python -m pip freeze --exclude-editable | grep -vxF -f build/lock/run.txt; } > build/lock/dev.txt
	@mv build/lock/build.txt build/lock/run.txt build/lock/dev.txt requirements/

clean: ## remove what make made (.venv included)
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
