# One word for each thing that is done often; CI and the README use the same words.
PYTHON = python3
BIN = .venv/bin
HISTORIES = 1-200
SHELL_FILES = $(shell git ls-files '*.sh' .ci/run)
MARKDOWN = $(shell git ls-files '*.md')

FAULTS = tests/machine/test_rehearsed_faults.py tests/stacks/test_rehearsed_faults.py

.PHONY: help lab policy-pack undo setup setup-dev test test-all test-fast test-engine test-machine test-long \
	test-faults test-part test-cloud test-fresh soak lint format generate bench

help: ## show these words
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' Makefile

lab: setup ## one local machine with a working Docker: installs what is missing, makes, verifies
	@$(BIN)/dockyard up local --fix

ready-%: setup ## ready-aws, -azure, -gcp, -aks or -NAME: all that must be there before `pulumi up`
	@$(BIN)/python -m dockyard.engine.ready $*

policy-pack: ## what `pulumi preview --policy-pack policy/pack` needs, beside the project's own
	@$(PYTHON) -m venv policy/pack/.venv
	@policy/pack/.venv/bin/python -m pip install -q --no-deps --require-hashes -r policy/pack/requirements.txt

undo: setup ## take back what `make lab` put on this computer
	@$(BIN)/dockyard undo
	@rm -rf .venv

test: setup-dev ## everything that a commit must pass: lint, unit tests, real machines (root)
	@sh tools/test-needs.sh
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -m "not machine and not engine" -n 2 --cov --cov-report=term --durations=5
	@$(MAKE) --no-print-directory test-engine
	@$(MAKE) --no-print-directory test-machine

test-fast: setup-dev ## the unit tests, in seconds
	@$(BIN)/pytest -q -n 2 -m "not machine and not engine and not slow"

test-engine: setup-dev ## every stack, on the real Pulumi engine against the stand-in clouds
	@$(BIN)/pytest -m "engine and not slow" -n 2 --durations=10

test-machine: setup-dev ## real machines: containers and virtual machines (root)
	@$(BIN)/pytest -m "machine and not slow" --durations=15

test-long: setup-dev ## the tests that take minutes each (root)
	@$(BIN)/pytest -m "slow and (machine or engine)" --durations=0

test-all: test test-long ## all tests, the whole matrix of faults with them (root); hours

test-faults: setup-dev ## every fault on every target, noted for docs/faults.md (root)
	@$(BIN)/pytest $(FAULTS) -n 2 --dist loadfile --durations=0 --junitxml=.dockyard/faults.xml; \
		code=$$?; $(BIN)/python tools/proven.py .dockyard/faults.xml; exit $$code

test-part: setup-dev ## a long file, some faults and some histories, others at each commit (root)
	@$(BIN)/pytest -m "slow and (machine or engine)" --durations=0 $$($(BIN)/python tools/part.py)
	@$(BIN)/pytest -m slow -n 2 --dist loadfile --durations=0 $$($(BIN)/python tools/part.py faults)
	@DOCKYARD_HISTORIES=$$($(BIN)/python tools/part.py histories) \
		$(BIN)/pytest -n 2 --durations=0 tests/sweep/test_histories.py

test-cloud: setup-dev ## one machine in a real cloud, for cents: make test-cloud CLOUD=aws
	@$(BIN)/python tools/try_cloud.py $(CLOUD) $(if $(YES),--yes)

soak: setup-dev ## 200 random histories of labs: killed, lost, swept; two hours (HISTORIES=41-60)
	@DOCKYARD_HISTORIES="$(HISTORIES)" $(BIN)/pytest -v -n 2 tests/sweep/test_histories.py

test-fresh: setup-dev ## the README's words in a clean container (root)
	@$(BIN)/pytest tests/fresh --durations=0

lint: setup-dev ## formatters, linters, types, import rules, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@shellcheck $(SHELL_FILES)
	@shfmt -d $(SHELL_FILES)
	@$(BIN)/yamllint --strict .
	@$(BIN)/mdformat --check $(MARKDOWN)
	@$(BIN)/python tools/schema.py --check
	@$(BIN)/python tools/pack.py --check
	@$(BIN)/python tools/situations.py --check
	@$(BIN)/python tools/docs.py --check
	@$(BIN)/python tools/rights.py --check

format: setup-dev ## let the formatters write
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@shfmt -w $(SHELL_FILES)
	@$(BIN)/mdformat $(MARKDOWN)

generate: setup-dev ## write what is generated: schema, packed provision/, references in docs/
	@$(BIN)/python tools/schema.py
	@$(BIN)/python tools/pack.py
	@$(BIN)/python tools/situations.py
	@$(BIN)/python tools/docs.py
	@$(BIN)/python tools/rights.py

bench: setup-dev ## measure beside the bare recipe (root)
	@$(BIN)/python benchmarks/command.py
	@$(BIN)/python benchmarks/lab.py
	@PYTHONPATH=tests $(BIN)/python benchmarks/virtual_machine.py
	@PYTHONPATH=tests:. $(BIN)/python benchmarks/stack.py
	@PYTHONPATH=tests:. $(BIN)/python benchmarks/sweep.py
	@PYTHONPATH=. $(BIN)/python benchmarks/rehearsed_class.py 20 --baked

setup:
	@PYTHON=$(PYTHON) sh tools/setup.sh

setup-dev:
	@PYTHON=$(PYTHON) sh tools/setup.sh dev
