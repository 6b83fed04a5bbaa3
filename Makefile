# With nothing but Python ≥ 3.11 and make: `make train` shows the product, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin
CONFIG ?= configs/qwen_moe.yaml

.PHONY: train test test-hf check format bench torture tour clean

train: .venv/installed
	$(BIN)/gladius-console train --config $(CONFIG)

# Pictures are compared in one process: the tool that compares them knows no other.
PICTURES := tests/snapshots tests/widgets/test_charts_pictures.py

test: .venv/tested
	$(BIN)/python -m pytest -n 2 --dist worksteal tests $(PICTURES:%=--ignore=%)
	$(BIN)/python -m pytest $(PICTURES)

# The hooks in transformers, Lightning and Keras, and the trainer that uses them, in a virtual
# environment of its own: torch is large.
test-hf: .venv-hf/tested
	.venv-hf/bin/python -m pytest -n 2 --dist worksteal -m hf --timeout 300 tests/hf

check: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

format: .venv/tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/tested
	$(BIN)/python -m benchmarks all

# An hour or so: kill loops of 1,000 kills, each call of the recording path failing in turn,
# a minute of garbage on the terminal. The figures are printed at the end.
torture: .venv/tested
	GLADIUS_TORTURE=1 $(BIN)/python -m pytest -v -m torture --timeout 7200 tests

# A few minutes: the real program over all it can do, with a picture of each stop in build/tour.
tour: .venv/tested
	$(BIN)/python -m tests.tour

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	touch $@

.venv/tested: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[test,check]'
	touch $@ .venv/installed

.venv-hf/tested: pyproject.toml constraints.txt constraints-hf.txt
	test -x .venv-hf/bin/python || $(PYTHON) -m venv .venv-hf
	.venv-hf/bin/python -m pip install -q -c constraints.txt -c constraints-hf.txt -e '.[test,hf]'
	touch $@

clean:
	rm -rf .venv .venv-hf build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
