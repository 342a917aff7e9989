# make demo      mattes the bundled photo with the bundled weights
# make test      runs the tests, without the slow ones; MARKED="" runs them all, EXTRAS=torch adds those of .pth files
# make types     checks the type hints of the public modules
# make docs      builds the documentation site into site/
# make dist      builds the wheel and the source archive into dist/
# make package   tests the wheel in fresh environments
# make gpu-pack  writes what a GPU machine without network needs; CPU=1 a small one for make gpu CPU=1
# make gpu       runs on a GPU what only a GPU can prove; CPU=1 runs what a CPU can
PYTHON ?= python3
MARKED ?= not slow and not package
EXTRAS ?=
BIN := .venv/bin

PACK ?= build/gpu-pack$(if $(CPU),-small)
SMALL := --networks hop_s_9x9 --precisions float32 --sizes 64x64 --no-wheels --no-engines
MINUTES ?= 8
TRAINING_MINUTES ?= 0
ARGS ?=

.PHONY: demo install install-test test types docs dist package gpu-pack gpu layout clean

demo: .venv/bin/python
	@mkdir -p build
	@$(BIN)/pip install --quiet --disable-pip-version-check -e ".[cutout]"
	@$(BIN)/hop-tf matte examples/macaws.jpg examples/macaws_trimap.png -o build/macaws_alpha.png
	@$(BIN)/hop-tf matte examples/macaws.jpg examples/macaws_trimap.png --cutout -o build/macaws_cutout.png

install: .venv/installed

install-test: .venv/installed-test

test: install-test
	@if [ -n "$(EXTRAS)" ]; then $(BIN)/pip install --quiet --disable-pip-version-check $(EXTRAS); fi
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=5 -m "$(MARKED)" --nbmake examples/fine_tuning.ipynb tests
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n 2 --dist loadfile \
		-m "backends$(if $(MARKED), and ($(MARKED)))" $$(grep -rl mark.backends tests)

types: install-test layout
	$(BIN)/mypy

docs: install-test layout
	$(BIN)/mkdocs build --strict

dist: install-test
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

package: install-test
	$(BIN)/python -m pytest -n 0 -m package tests/packaging

gpu-pack: install-test
	$(BIN)/python -m benchmarks gpu-pack -o $(PACK) $(if $(CPU),$(SMALL)) $(ARGS)

# On a GPU machine there is no network to fill .venv from: the pack has the wheels.
gpu:
	$(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) -m benchmarks gpu --pack $(PACK) $(if $(CPU),--cpu) \
		--minutes $(MINUTES) --training-minutes $(TRAINING_MINUTES) $(ARGS)

# The package as it is installed, made of links, for tools that do not read package-dir.
layout:
	@rm -rf build/layout && mkdir -p build/layout/hop_tf
	@ln -s $(addprefix ../../../,$(wildcard hop_tf/*) benchmarks datasets export) build/layout/hop_tf/

clean:
	rm -rf .venv build dist site

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("error: Python 3.11 or later is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/installed-test: requirements-test.txt requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
