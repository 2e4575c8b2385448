# What one types here. The set-up itself is in tools/setup.sh.

PYTHON_IN_VENV = .venv/bin/python
BENCH ?= $(notdir $(basename $(wildcard benchmarks/[a-z]*.py)))

.DEFAULT_GOAL := help
.PHONY: help run train test lint bench screenshots clean distclean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'ARGS="..." is handed on: make run ARGS="--theme dark", make test ARGS="-k slider"'
	@echo 'PYTHON=/path/to/python3 chooses the Python that .venv is made from'

run:  ## open the window
	@sh tools/setup.sh run
	@$(PYTHON_IN_VENV) gui.py $(ARGS)

train:  ## train on MNIST and write everything that the window loads
	@sh tools/setup.sh run
	@$(PYTHON_IN_VENV) train.py $(ARGS)

test:  ## run all tests, on a screen of their own
	@sh tools/setup.sh test
	@$(PYTHON_IN_VENV) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint:  ## check the code with ruff
	@sh tools/setup.sh dev
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .

bench:  ## measure speed and quality; BENCH=decoding runs one
	@sh tools/setup.sh test
	@set -e; for name in $(BENCH); do \
		echo "== $$name"; \
		$(PYTHON_IN_VENV) -m tools.display $(PYTHON_IN_VENV) -m benchmarks.$$name $(ARGS); \
	done

screenshots:  ## take the pictures in assets/screenshots/
	@sh tools/setup.sh test
	@$(PYTHON_IN_VENV) -m tools.screenshots $(ARGS)

clean:  ## remove caches
	@rm -rf .pytest_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean  ## remove caches and the virtual environment
	@rm -rf .venv
