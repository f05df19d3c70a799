# make run   the main job: serves on 127.0.0.1:8000
# make test  all tests          make check  format, lint, types, known holes in dependencies, and tests
# make docs  the generated parts of the documentation          make bench  measurements
# make audit  known holes in the locked dependencies; needs uv and the Internet
# make soak  faults under load and a million mutated inputs, an hour
# make screenshots  the pictures of all pages in docs/screenshots; needs chromium
PYTHON ?= python3
BIN := .venv/bin
# The tests start Python some hundred times; each time the same modules would be compiled anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint holes audit docs screenshots bench soak clean

run: .venv/.stamp
	$(BIN)/python app.py serve

test: .venv/.stamp
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint holes test

# Where it cannot be looked up, that is said, and check goes on; audit fails then.
holes: .venv/.stamp
	$(BIN)/python tests/dependency_audit.py --if-reachable

audit: .venv/.stamp
	$(BIN)/python tests/dependency_audit.py

docs: .venv/.stamp
	$(BIN)/python tests/test_docs.py

screenshots: .venv/.stamp
	$(BIN)/python tests/screenshots.py
	$(BIN)/python tests/test_docs.py

bench: .venv/.stamp
	for script in $(filter-out %performance_page.py,$(wildcard tests/bench/*.py)); do $(BIN)/python $$script || exit 1; done

soak: .venv/.stamp
	$(BIN)/python tests/soak/three_machines.py
	$(BIN)/python tests/soak/kills.py
	$(BIN)/python tests/soak/flood.py
	$(BIN)/python tests/soak/fuzz.py

# Made again whenever the list of dependencies changes.
.venv/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older or missing. Say which one to use: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up in .venv; the first time this takes about a minute."
	@$(BIN)/python -c 'import pip, ssl' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

clean:
	rm -rf .venv
