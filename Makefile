# `make help` lists what can be done. Everything is set up under .venv, .venv-min and .work from the project's own files.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
SPECS ?= ../shared/specs
RECORDING ?= ../shared/data/recordings/test_aks_run_command.yaml
JOBS ?= 2
# Half of an end-to-end test is waiting: for a command, for a node, for a policy to arrive.
E2E_JOBS ?= $(shell expr 2 \* $(JOBS))
SECONDS ?= 600
COUNT ?= 150
SEED ?= 1
VERSION ?=
SCENARIO ?= nodes-full

WORK := $(CURDIR)/.work
BIN := $(CURDIR)/.venv/bin
LEGS := unit e2e openapi e2e-min contract rego
# What takes one core for itself runs beside those.
BESIDE := lint workflows kql faults-quick azdev readers

# A stamp is named after what it was made from, so an unchanged environment costs nothing and a changed one is remade.
stamp = .work/stamps/$(1)-$(shell { cat $(2); echo "$(CURDIR)"; $(PYTHON) -V; } | sha256sum | cut -c1-16)
VENV := $(call stamp,venv,requirements/dev.txt)
VENV_MIN := $(call stamp,venv-min,requirements/min.txt)
OLD := $(call stamp,cli-old,requirements/min.txt)
NEW := $(call stamp,cli-new,requirements/dev.txt)
BUILD := $(call stamp,build,requirements/build.txt)
RELEASE := $(call stamp,release,requirements/release.txt)
LOCK := $(call stamp,lock,requirements/lock.txt)
LINTERS := $(call stamp,linters,requirements/workflows.txt)
OAV := $(call stamp,oav,tests/contract/openapi/package-lock.json)
KUSTO := $(call stamp,kusto,tests/contract/kql/package-lock.json)
OPA := $(call stamp,opa,requirements/rego.txt)
READERS_NPM := $(call stamp,readers-npm,tests/contract/readers/package-lock.json)
READERS_PIP := $(call stamp,readers-pip,requirements/readers.txt)

# What a release is tried and described with.
TRIED = --az $(BIN)/az --az $(CURDIR)/.venv-min/bin/az --cyclonedx $(WORK)/release/bin/cyclonedx-py

# Nothing here touches the user's own sign-in or extensions, but for `make record`, which is about them.
ifeq ($(origin AZURE_CONFIG_DIR),environment)
OWN_SIGN_IN := AZURE_CONFIG_DIR=$(AZURE_CONFIG_DIR)
endif
export AZURE_CONFIG_DIR := $(WORK)/azure
export AZURE_EXTENSION_DIR := $(WORK)/extensions
export AZURE_CORE_COLLECT_TELEMETRY := 0
export AZ := $(BIN)/az
export RECORDING

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 14

.PHONY: demo
demo: $(VENV)  ## walk through run, diagnose, repair and undo on broken clusters, pausing at each step
	@$(BIN)/python -m tools.demo

.PHONY: simulator
simulator: $(VENV) opa  ## serve a simulated Azure until Ctrl-C, with commands to paste into another shell: SCENARIO=nodes-tainted
	@$(BIN)/python -m tools.simulator "$(SCENARIO)"

.PHONY: test
test: setup opa  ## run every test below, on the newest and the oldest supported Azure CLI
	@tools/legs.sh $(LEGS) -- $(BESIDE)

.PHONY: test-quick
test-quick: $(VENV) opa  ## a result in 60 seconds: the linters, and the unit tests closest to what changed since main
	@$(BIN)/python -m tools.quick 45

.PHONY: setup
setup:  ## install both Azure CLIs and the tools (about three minutes, once)
	@$(MAKE) -s -j2 $(VENV) $(VENV_MIN)

.PHONY: lint
lint: $(VENV)  ## ruff, its formatter, and mypy --strict over the package, the tests and the tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict azext_aksinvokefix tests tools

.PHONY: workflows
workflows:  ## lint what GitHub reads: the workflows, the issue forms, and the action pins
	@if ! $(MAKE) --no-print-directory $(LINTERS); then echo "skipped: pip cannot install the linters of workflows here"; \
	else tools/lint_workflows.sh .work/linters/bin; fi

.PHONY: unit
unit: $(VENV) opa  ## unit tests of the modules and the simulator
	$(BIN)/pytest -q -n $(JOBS) tests/unit

.PHONY: contract
contract: $(VENV) opa  ## test the wheel, what the package imports and raises, and a recorded run command
	$(BIN)/pytest -q -rs -n $(JOBS) tests/contract

.PHONY: rego
rego: $(VENV)  ## compare the policy evaluator with the real OPA and RE2
	@if ! $(MAKE) --no-print-directory $(OPA); then echo "skipped: pip cannot install OPA and RE2 here"; \
	else PYTHONPATH=.work/opa $(BIN)/pytest -q -rs -n $(JOBS) tests/rego; fi

.PHONY: opa
opa:  ## install OPA for the admission control of the simulated clusters, if pip can install it
	@$(MAKE) --no-print-directory $(OPA) || \
		echo "pip cannot install OPA here: the package's own reader of Rego decides in its place"

.PHONY: faults-quick
faults-quick: $(VENV)  ## part of `faults`, with some faults for every operation, and the test of its expectations
	$(BIN)/pytest -q tests/faults
	@$(BIN)/python -m tests.faults --quick

.PHONY: e2e
e2e: $(VENV) opa  ## test the built wheel in the newest Azure CLI against the simulator
	@rm -rf .work/traffic
	$(BIN)/pytest -q -rs -n $(E2E_JOBS) --dist worksteal tests/e2e

.PHONY: e2e-min
e2e-min: $(VENV) $(VENV_MIN) opa  ## the end-to-end tests marked `smoke` in the oldest supported Azure CLI
	COLD_AZ=1 AZ=$(CURDIR)/.venv-min/bin/az $(BIN)/pytest -q -rs -n $(JOBS) -m smoke tests/e2e

.PHONY: e2e-old
e2e-old: $(VENV) opa  ## the `smoke` tests in the oldest Azure CLI on the oldest Python, 3.9, if it is installed
	$(call smoke_on,3.9,cli-old)

.PHONY: e2e-new
e2e-new: $(VENV) opa  ## the `smoke` tests in the newest Azure CLI on Python 3.13, if it is installed
	$(call smoke_on,3.13,cli-new)

.PHONY: azdev
azdev: $(VENV)  ## run the Azure CLI team's linter and style rules
	@tools/azdev.sh $(BIN)

.PHONY: openapi
openapi:  ## check the traffic of the last end-to-end run against Azure's OpenAPI files
	@if [ ! -d "$(SPECS)" ]; then echo "skipped: no OpenAPI files at $(SPECS)"; \
	elif ! command -v npm >/dev/null; then echo "skipped: npm is not installed"; \
	elif ! $(MAKE) --no-print-directory $(OAV); then echo "skipped: npm cannot install the validator here"; \
	else NODE_PATH=.work/oav/node_modules node tests/contract/openapi/validate.js "$(SPECS)" .work/traffic; fi

.PHONY: kql
kql: $(VENV)  ## check every Resource Graph and Log Analytics query with Microsoft's Kusto language service
	@if ! command -v npm >/dev/null; then echo "skipped: npm is not installed"; \
	elif ! $(MAKE) --no-print-directory $(KUSTO); then echo "skipped: npm cannot install the language service here"; \
	else $(BIN)/python -m tests.contract.kql | NODE_PATH=.work/kusto/node_modules node tests/contract/kql/check.js; fi

.PHONY: readers
readers: $(VENV)  ## test reports and pipeline annotations with the programs that read them, if available
	@$(MAKE) --no-print-directory $(READERS_NPM) || echo "npm cannot install the readers here"
	@$(MAKE) --no-print-directory $(READERS_PIP) || echo "pip cannot install the readers here"
	READERS=.work/readers $(BIN)/pytest -q -rs tests/contract/readers

.PHONY: faults
faults: $(VENV)  ## run every operation of every command with every fault of Azure, and every kill; writes docs/faults.md
	@$(BIN)/python -m tests.faults --jobs $(JOBS)

.PHONY: fuzz
fuzz: $(VENV)  ## run the property tests with random examples, repeatedly for SECONDS
	@tools/fuzz.sh $(BIN)/pytest $(SECONDS)

.PHONY: mutants
mutants: $(VENV) opa  ## plant COUNT small faults in the package and list those that no unit test detects; SEED selects them
	@$(BIN)/python -m tools.mutants --count "$(COUNT)" --seed "$(SEED)"

.PHONY: bench
bench: $(VENV) opa  ## measure speed side by side with stock az; the tables are also written to .work/bench.md
	@$(BIN)/python -m tests.bench

.PHONY: record
record: $(VENV)  ## compare the simulator with your own cluster: SUBSCRIPTION= GROUP= CLUSTER= OPTIONS=--what-if; see CONTRIBUTING.md
	@env -u AZURE_CONFIG_DIR -u AZURE_EXTENSION_DIR $(OWN_SIGN_IN) $(BIN)/python -m tools.record \
		--az "$$(command -v az || echo $(BIN)/az)" \
		--subscription "$(SUBSCRIPTION)" --group "$(GROUP)" --cluster "$(CLUSTER)" $(OPTIONS)

.PHONY: docs
docs: $(VENV)  ## write docs/findings.md from the catalogue and docs/stand-in.md from the simulator
	@$(BIN)/python tools/generate_docs.py

.PHONY: transcripts
transcripts: $(VENV)  ## regenerate the transcripts of README.md from scenarios
	@$(BIN)/python -m tools.transcripts

.PHONY: wheel
wheel: $(BUILD)  ## build the wheel into dist/
	@.work/build/bin/python tools/build_wheel.py dist

.PHONY: dist
dist: setup $(RELEASE)  ## build the wheel, test it on both CLIs, and add its bill of materials, index entry and checksums
	@$(BIN)/python -m tools.release dist --version "$(VERSION)" $(TRIED)

.PHONY: release
release: setup $(RELEASE)  ## the same for a new version: writes VERSION=1.2.3 into the sources; commits nothing
	@$(BIN)/python -m tools.release release "$(VERSION)" $(TRIED)

.PHONY: requirements
requirements: $(LOCK)  ## pin and hash what requirements/*.in and the package.json files ask for; OPTIONS=--upgrade takes what is new
	@$(PYTHON) tools/lock_requirements.py .work/lock/bin/uv $(OPTIONS)
	@for each in openapi kql readers; do (cd tests/contract/$$each && npm install --silent --no-fund --no-audit \
		--package-lock-only --omit-lockfile-registry-resolved); done

.PHONY: format
format: $(VENV)  ## format the sources with ruff
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean:  ## remove everything that make made
	rm -rf .venv .venv-min .work dist build

# --without-pip and --python: Debian's python3 can make an environment without its python3-venv package only this way.
# --no-deps: the file names everything already, and older versions of pip take `requests[socks]`, which a distribution
# asks for, for another one than the pinned `requests`.
define install
	@echo "installing $(2) into $(1) ..."
	@$(PYTHON) -m venv --clear --without-pip $(1)
	@$(PYTHON) -m pip -qq --python $(1)/bin/python install --no-deps --require-hashes -r $(2)
	@mkdir -p $(@D) && touch $@
endef

define smoke_on
	@if ! python=$$(tools/find_python.sh $(1)); then echo "skipped: Python $(1) was not found here"; \
	else $(MAKE) --no-print-directory PYTHON="$$python" $(2) && \
		COLD_AZ=1 AZ=$(WORK)/$(2)/bin/az $(BIN)/pytest -q -rs -n $(JOBS) -m smoke tests/e2e; fi
endef

.PHONY: cli-old cli-new
cli-old: $(OLD)
cli-new: $(NEW)

$(OLD):
	$(call install,.work/cli-old,requirements/min.txt)

$(NEW):
	$(call install,.work/cli-new,requirements/dev.txt)

$(VENV):
	$(call install,.venv,requirements/dev.txt)

$(VENV_MIN):
	$(call install,.venv-min,requirements/min.txt)

$(BUILD):
	$(call install,.work/build,requirements/build.txt)

$(RELEASE):
	$(call install,.work/release,requirements/release.txt)

$(LOCK):
	$(call install,.work/lock,requirements/lock.txt)

$(LINTERS):
	$(call install,.work/linters,requirements/workflows.txt)

# Nothing that npm brings runs anything of its own while it is installed.
define install_npm
	@rm -rf $(1)/node_modules && mkdir -p $(1) $(@D) && cp $(2)/package.json $(2)/package-lock.json $(1)
	@npm ci --silent --no-fund --no-audit --ignore-scripts --prefix $(1) && touch $@
endef

$(OAV):
	$(call install_npm,.work/oav,tests/contract/openapi)

$(KUSTO):
	$(call install_npm,.work/kusto,tests/contract/kql)

$(OPA):
	@rm -rf .work/opa && mkdir -p $(@D)
	@$(PYTHON) -m pip -qq --disable-pip-version-check install --no-deps --require-hashes --ignore-requires-python \
		--only-binary :all: --target .work/opa -r requirements/rego.txt && touch $@

$(READERS_NPM):
	$(call install_npm,.work/readers,tests/contract/readers)

$(READERS_PIP):
	@rm -rf .work/readers/python && mkdir -p $(@D)
	@$(PYTHON) -m pip -qq --disable-pip-version-check install --no-deps --require-hashes \
		--only-binary :all: --target .work/readers/python -r requirements/readers.txt && touch $@
