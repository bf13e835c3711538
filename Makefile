# The two commands of the README: `make demo` and `make test`. Everything else is for developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Real-time tests suffer from whatever else the machine does: what failed runs once more, one test at a time.
again = { echo "Once more, one at a time, what failed ..."; $(BIN)/pytest -o cache_dir=.pytest_cache/$(1) --last-failed --last-failed-no-failures none; }

# Shares of the suite, each begun when another is done, so that the cores have work to the end: long ones first.
SHARES := gateway assist models app others
gateway := tests/voice_gateway
assist := tests/assist
models := tests/models tests/kb_ingest tests/bots
app := tests/app
others := tests $(foreach folder,tests/end_to_end $(gateway) $(assist) $(models) $(app),--ignore $(folder))

.PHONY: demo test check calls $(SHARES) setup install pulled assets clean

demo: install pulled  # trains and renders by itself
	@$(BIN)/tetraphone demo

test: setup
	@$(MAKE) --no-print-directory --jobs 4 --keep-going calls $(SHARES)

# Calls run in real time and mostly wait, so they come first and the rest takes what they leave.
calls:
	@$(BIN)/pytest tests/end_to_end -o cache_dir=.pytest_cache/calls || $(call again,calls)

$(SHARES):
	@nice -n 15 $(BIN)/pytest $($@) -o cache_dir=.pytest_cache/$@ || $(call again,$@)

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy core models kb_ingest bots assist voice_gateway evals app

setup: install assets

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "Tetraphone needs Python 3.11 or 3.12; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 " + "demo")'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

pulled: install
	@$(BIN)/tetraphone models pull --quiet-when-complete

assets: pulled
	@$(BIN)/tetraphone bots train

clean:
	rm -rf $(VENV) var
