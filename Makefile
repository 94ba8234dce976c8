# Parley. `make help` lists what can be done here.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/contracts libs/chassis libs/mail services/gateway services/router services/session services/crm-logger services/ops
UV := $(shell command -v uv 2>/dev/null)
# One lock, without the address of any package index in it, so that it installs through any mirror (docs/adr/0002).
READY := $(VENV)/.ready
# Process mining has more dependencies than the product; it has an environment of its own.
MINING := build/mining/.ready

# Several test processes; the tests of a module stay in one. With --junitxml, the durations stand beside it as a text. What is compiled is
# kept, also where the environment says not to (in containers): else each process compiles all tests, and whatever of the product has changed.
PARALLEL := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder

.PHONY: mining fuzz sbom help demo demo-reset test test-all test-failed test-generations faults attack search theory golden check format screenshots bench docs widget up down lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml $(foreach m,$(MEMBERS),$(m)/pyproject.toml)
	@echo "Setting up $(VENV) ..."
	@if [ -n "$(UV)" ]; then "$(UV)" venv -q --allow-existing --python $(PYTHON) $(VENV); \
	else $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: apt-get install python3-venv (as root), then again." >&2; exit 1; }; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check uv; fi
	@uv="$(UV)"; [ -n "$$uv" ] || uv=$(BIN)/uv; \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) "$$uv" pip install -q --compile-bytecode --require-hashes -r requirements.lock && \
	  VIRTUAL_ENV=$(CURDIR)/$(VENV) "$$uv" pip install -q --no-deps $(foreach m,$(MEMBERS),-e ./$(m))
	@$(BIN)/python -m compileall -q libs services  # a process starts in half the time
	@touch $@

demo: $(READY) ## run the whole product here, without broker or database server
	@$(BIN)/parley demo

demo-reset: $(READY) ## forget what the demonstration stored
	@$(BIN)/parley demo --reset

test: $(READY) ## test every rule and every guarantee, in minutes (on RabbitMQ and PostgreSQL where found)
	@PARLEY_TRIES=$${PARLEY_TRIES:-40} $(PARALLEL) --short --junitxml=build/test.xml

test-all: $(READY) ## run all tests, containers too
	@TESTCONTAINERS_RYUK_DISABLED=true PARLEY_TRIES=$${PARLEY_TRIES:-3000} $(PARALLEL) --junitxml=build/test-all.xml

test-generations: $(READY) ## run what touches broker and store on the servers in containers (RabbitMQ 4, PostgreSQL 17)
	@TESTCONTAINERS_RYUK_DISABLED=true PARLEY_TEST_SERVERS=containers PARLEY_REQUIRE_SERVERS=1 \
	  $(PARALLEL) -m "stores and servers" --junitxml=build/test-generation.xml

test-failed: $(READY) ## run what failed last once more, one test after the other
	@TESTCONTAINERS_RYUK_DISABLED=true PARLEY_TRIES=$${PARLEY_TRIES:-3000} $(BIN)/pytest --last-failed --last-failed-no-failures none --junitxml=build/test-failed.xml

faults: $(READY) ## break everything while people talk, and judge it (FAULT=name for one, FAULT=--help)
	@cd tests && ../$(BIN)/python -m faults $(FAULT)

attack: $(READY) ## what strangers try first, on a product of its own here, with figures (ATTACK=name for one, ATTACK=--help)
	@cd tests && ../$(BIN)/python -m attack $(ATTACK)

search: $(READY) ## everything that 3 agents, 2 calls and 4 chats can do, hours (SEARCH='--minutes 20', SEARCH=--help)
	@cd tests && ../$(BIN)/python -m search $(SEARCH)

theory: $(READY) ## the real floor beside queueing theory, 20 minutes (THEORY=--help)
	@cd tests && ../$(BIN)/python -m theory $(THEORY)

golden: $(READY) ## record a golden log of this version, for all later ones to read (GOLDEN='--as NAME', GOLDEN=--help)
	@cd tests && ../$(BIN)/python -m golden $(GOLDEN)

$(MINING):
	@$(PYTHON) -m venv build/mining && build/mining/bin/python -m pip install -q --disable-pip-version-check 'pm4py>=2.7' && touch $@

mining: $(READY) $(MINING) ## a day's log as process mining sees it: PM4Py draws docs/images/process.svg (DAY=--help)
	@cd tests && ../$(BIN)/python -m mining $(DAY)

fuzz: $(READY) ## go by what the code does with what it is handed, 20 minutes (FUZZ='visitor --seconds 600', FUZZ=--help)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || { uv="$(UV)"; [ -n "$$uv" ] || uv=$(BIN)/uv; VIRTUAL_ENV=$(CURDIR)/$(VENV) "$$uv" pip install -q atheris; }
	@cd tests && ../$(BIN)/python -m fuzz $(FUZZ)

screenshots: $(READY) ## take pictures of all scenes into screenshots/ (SCREENSHOTS='--only desk-call', SCREENSHOTS=--help)
	@cd tests && ../$(BIN)/python -m browser.screenshots $(SCREENSHOTS)

format: $(READY) ## put the code in its form
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

check: $(READY) ## format, lint, types, import rules, generated files up to date
	@$(BIN)/ruff format -q --check .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/parley docs --check
	@$(BIN)/python services/gateway/build_widget.py --check
	@$(BIN)/python services/gateway/check_types.py

docs: $(READY) ## write the generated documents anew
	@$(BIN)/parley docs

widget: $(READY) ## make the widget small, as browsers get it (PIN=--pin keeps it under its hash as well)
	@$(BIN)/python services/gateway/build_widget.py $(PIN)

bench: $(READY) ## measure, about ten minutes (docs/performance.md)
	@$(BIN)/python -m bench

sbom: $(READY) ## what each service's image is made of, as build/sbom/SERVICE.cdx.json (CycloneDX 1.6)
	@[ -x build/sbom/tools/bin/cyclonedx-py ] || { $(BIN)/python -m venv build/sbom/tools && \
	  build/sbom/tools/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r services/sbom.lock; }
	@for s in gateway router session crm-logger ops; do build/sbom/tools/bin/python -W ignore -m cyclonedx_py requirements services/$$s/requirements.lock \
	  --pyproject services/$$s/pyproject.toml --output-reproducible --of JSON -o build/sbom/$$s.cdx.json || exit 1; done
	@$(BIN)/python services/gateway/sbom.py build/sbom/gateway.cdx.json

up: ## the whole product as containers, on http://127.0.0.1:8080
	@if docker compose version >/dev/null 2>&1; then docker compose up --build -d; else docker-compose up --build -d; fi

down: ## stop and remove the containers
	@if docker compose version >/dev/null 2>&1; then docker compose down; else docker-compose down; fi

lock: ## resolve the dependencies anew into requirements.lock
	@uv="$(UV)"; [ -n "$$uv" ] || uv=$(BIN)/uv; "$$uv" lock -q --upgrade && \
	  "$$uv" export -q --all-groups --no-header --no-emit-workspace --no-annotate --format requirements-txt -o requirements.lock && \
	  for s in gateway router session crm-logger ops; do "$$uv" export -q --frozen --package parley-$$s --no-dev --no-header --no-emit-workspace --no-annotate --format requirements-txt -o services/$$s/requirements.lock || exit 1; done && \
	  echo hatchling | "$$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o services/build.lock >/dev/null && \
	  echo cyclonedx-bom | "$$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o services/sbom.lock >/dev/null

clean: ## remove what was built here
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
