# Weftwork. Every target sets up what it needs first; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check format proto diagram screenshot requirements bench clean

BIN := .venv/bin
PY := $(BIN)/python

export KEEP LIAR TORCH PYTHON

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' Makefile | awk -F '|' '{ printf "make %-14s%s\n", $$1, $$2 }'

demo: setup ## four organisations train a model on this machine (KEEP=1 leaves them running; LIAR=leader: one of them lies)
	@$(PY) -m demo

test: setup-dev ## unit, contract and scenario tests, Go and Python
	$(PY) -m scripts.go chaincode test ./...
	$(PY) -m pytest --numprocesses auto --dist loadgroup tests/unit tests/contract
	$(PY) -m pytest --numprocesses 2 --dist loadgroup tests/scenario

check: setup-dev ## formatters, linters, types, import layers, generated code
	@$(PY) -m scripts.check

setup: ## what the demo needs: Python packages, Fabric (TORCH=cpu leaves out CUDA)
	@scripts/setup base

setup-dev: ## what the tests and checks need
	@scripts/setup dev

format: setup-dev ## format all code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(PY) -m scripts.go tools tool gofumpt -l -w ../chaincode

bench: setup-dev ## measure the ledger, the command line, learning, its privacy and governance
	$(PY) -m benchmarks.ledger
	$(PY) -m benchmarks.cli
	$(PY) -m benchmarks.dp
	$(PY) -m benchmarks.aggregation
	$(PY) -m benchmarks.digits
	$(PY) -m benchmarks.judging
	$(PY) -m benchmarks.audit
	$(PY) -m benchmarks.governance
	$(PY) -m benchmarks.reputation

proto: setup-dev ## generate weftwork/wire from proto/
	$(PY) -m scripts.generate

diagram: setup-dev ## draw docs/reference/state-machine.md from the chaincode's tables
	$(PY) -m scripts.go chaincode run ./cmd/diagram > .venv/state-machine.md
	mv .venv/state-machine.md docs/reference/state-machine.md

screenshot: setup-dev ## run the demo and draw the README's picture of it
	$(PY) -m scripts.screenshot

requirements: setup-dev ## compile requirements/*.txt, versions and hashes, from *.in
	for name in bootstrap build go base dev; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --override requirements/overrides.txt --custom-compile-command 'make requirements' \
	    requirements/$$name.in -o requirements/$$name.txt || exit; \
	done

clean: ## remove the virtual environment and the tools' caches, not the ledger
	rm -rf .venv *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
