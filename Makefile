# The two commands of the README: `make demo` and `make test`. Everything else is for developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Real-time tests suffer from whatever else the machine does: what failed runs once more, alone.
again = { echo "Once more, alone, what failed ..."; $(BIN)/pytest --last-failed --last-failed-no-failures none; }

.PHONY: demo test setup install assets clean

demo: setup
	@$(BIN)/tetraphone demo

test: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy core models kb_ingest bots assist voice_gateway evals app
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --ignore tests/end_to_end || $(again)
	@$(BIN)/pytest tests/end_to_end || $(again)

setup: install assets

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "Tetraphone needs Python 3.11 or 3.12; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 " + "demo")'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

assets:
	@$(BIN)/tetraphone models pull --quiet-when-complete
	@$(BIN)/tetraphone bots train

clean:
	rm -rf $(VENV) var
