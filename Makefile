# make demo   mattes the bundled photo with the bundled weights
# make test   installs what the tests need and runs them; EXTRAS="torch" also tests reading .pth files, MARKED="" slow ones
PYTHON ?= python3
EXTRAS ?=
MARKED ?= not slow
BIN := .venv/bin

.PHONY: demo install test clean

demo: install
	@mkdir -p build
	@$(BIN)/hop-tf matte examples/macaws.jpg examples/macaws_trimap.png -o build/macaws_alpha.png
	@$(BIN)/pip install --quiet --disable-pip-version-check "pymatting>=1.1.13,<1.2"
	@$(BIN)/hop-tf matte examples/macaws.jpg examples/macaws_trimap.png --cutout -o build/macaws_cutout.png

install: .venv/installed

test: .venv/installed-for-tests
	@if [ -n "$(EXTRAS)" ]; then $(BIN)/pip install --quiet $(EXTRAS); fi
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=5 -m "$(MARKED)"
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n 2 --dist loadfile -m backends

clean:
	rm -rf .venv build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("error: Python 3.11 or later is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	@touch $@

.venv/installed-for-tests: requirements-test.txt .venv/installed | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
