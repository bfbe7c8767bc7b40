# Two commands do it: `make demo` and `make test`. ARGS="…" passes options on.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: env demo test campaign lint audit lock openapi clean

env: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: env
	$(BIN)/gridloop demo $(ARGS)

test: env
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

# The long runs, each on a database of its own: a storm of orders due in one hour, every two presses at once, and
# what the three contracts allow, sent with every role's key.
campaign: env
	$(BIN)/gridloop campaign storm $(ARGS)
	$(BIN)/gridloop campaign races
	GRIDLOOP_EXAMPLES=40 GRIDLOOP_MATRIX=full $(BIN)/pytest tests/attacks/test_schemathesis.py tests/attacks/test_access_matrix.py \
		tests/attacks/test_bent_values.py

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Known weaknesses of the locked dependencies; it needs an advisory service, and says where it was told nothing.
audit:
	.ci/audit $(ARGS)

openapi: env
	$(BIN)/gridloop openapi openapi.yaml
	$(BIN)/gridloop asyncapi asyncapi.yaml

# Needs `uv` on the PATH; the lock holds hashes for every platform and names no index.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --extra dev --python-version 3.11 \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build
