# make run    set everything up and open the app with a picture ready
# make test   set everything up, the browser included, and run the tests
# make help   all targets and variables

# Pick a Python with `make run PYTHON=python3.12`; otherwise the newest one from 3.10 to 3.13 is taken.
PYTHON ?=
VENV ?= .venv
# Where torch comes from. On a machine without an NVIDIA card this one saves about 3 GB:
#   make run TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu
TORCH_INDEX_URL ?=
# Passed on: make run ARGS="--port 8000", make test ARGS="-k legend"
ARGS ?=
# Processes for the tests: one more than two cores, since much of their time is waiting.
WORKERS ?= 3

export PYTHON VENV TORCH_INDEX_URL
python := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test lint types format bench mutants space lock docker clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo '  Variables: PYTHON, VENV, TORCH_INDEX_URL, ARGS, WORKERS (explained in the Makefile)'

run: $(VENV)/.run-ready ## set everything up and open the app with a picture ready
	$(python) -m detr_gradio launch --open $(ARGS)

test: $(VENV)/.test-ready ## set everything up, the browser included, and run the tests
	$(python) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.test-ready ## look for mistakes and untidy code, in Python, JavaScript, Dockerfile and workflows
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(VENV)/bin/oxlint --deny-warnings
	$(VENV)/bin/zizmor --offline --quiet .github
	@if [ -x $(VENV)/bin/actionlint ]; then $(VENV)/bin/actionlint; \
	else echo 'The workflows were checked by zizmor alone: actionlint is not there for this system.'; fi
	@if [ -x $(VENV)/bin/hadolint ]; then $(VENV)/bin/hadolint Dockerfile; \
	else echo 'The Dockerfile was not checked: hadolint is not there for this system.'; fi

types: $(VENV)/.test-ready ## check the types
	@find detr_gradio -name '*.pyi' -delete  # Gradio's stubs: made at every import, and often behind
	$(python) -m ty check --python $(VENV)

format: $(VENV)/.test-ready ## put the code into its standard form
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

bench: $(VENV)/.test-ready ## measure speed and memory on this machine
	$(python) -m detr_gradio bench $(ARGS)

mutants: $(VENV)/.test-ready ## break the code on purpose and see whether the tests notice
	nice $(python) -m tests.mutants $(ARGS)

space: $(VENV)/.test-ready ## prove a Space on this machine: its files alone, packages freshly installed, a proxy that ends TLS
	SPACE_PYTHON=$$($(or $(PYTHON),python3.12) -c 'import sys; print(sys.executable)' 2>/dev/null \
	  || echo $(abspath $(python))) \
	  $(python) -m pytest tests/test_space.py $(ARGS)

lock: ## write the versions and hashes of the image's packages anew
	{ sed '/^#/!d' requirements.lock; \
	  $(VENV)/bin/uv pip compile requirements.txt --quiet --generate-hashes --no-annotate --no-header \
	    --python-version 3.12 --python-platform x86_64-unknown-linux-gnu \
	    | awk '/^[a-z]/ { kept = !/^(cuda|nvidia|torch|triton)/ } kept'; } > lock.new
	mv lock.new requirements.lock

docker: ## build the image and start it on http://localhost:7860
	docker compose up --build

clean: ## remove the environment
	rm -rf $(VENV)

$(VENV)/.run-ready: requirements.txt scripts/install.sh
	@sh scripts/install.sh requirements.txt
	@touch $@

$(VENV)/.dev-ready: requirements.txt requirements-dev.txt requirements-readers.txt scripts/install.sh
	@sh scripts/install.sh requirements-dev.txt
	@VENV=$(VENV)/readers TORCH_INDEX_URL= PYTHON=$(python) sh scripts/install.sh requirements-readers.txt || \
	  echo 'Tests that read exports with other tools are skipped.'
	@touch $@ $(VENV)/.run-ready

$(VENV)/.test-ready: $(VENV)/.dev-ready scripts/install_browser.py
	$(python) scripts/install_browser.py
	@touch $@
