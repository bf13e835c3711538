# The two commands of the README: `make demo` and `make test`. Everything else is for developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Real-time tests suffer from whatever else the machine does: what failed runs once more, one test at a time.
again = { echo "Once more, one at a time, what failed ..."; $(BIN)/pytest -o cache_dir=.pytest_cache/$(1) --last-failed --last-failed-no-failures none; }

# Three shares that take equally long; what is named in none of them belongs to the people's.
PAGES := tests/app tests/evals tests/voice_gateway/bridge tests/voice_gateway/turns
MODELS := tests/models tests/kb_ingest tests/bots tests/core tests/voice_gateway/carriers
PEOPLE := tests $(foreach folder,tests/end_to_end $(PAGES) $(MODELS),--ignore $(folder))
share = nice -n 15 $(BIN)/pytest $(2) -o cache_dir=.pytest_cache/$(1) || $(call again,$(1))

.PHONY: demo test check calls pages models people setup install assets clean

demo: install  # fetches models, trains and renders by itself
	@$(BIN)/tetraphone demo

test: setup
	@$(MAKE) --no-print-directory --jobs 4 --keep-going pages models people calls

# Calls run in real time and mostly wait, so they come first and the rest takes what they leave.
calls:
	@$(BIN)/pytest tests/end_to_end -o cache_dir=.pytest_cache/calls || $(call again,calls)

pages:
	@$(call share,pages,$(PAGES))

models:
	@$(call share,models,$(MODELS))

people:
	@$(call share,people,$(PEOPLE))

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

assets:
	@$(BIN)/tetraphone models pull --quiet-when-complete
	@$(BIN)/tetraphone bots train

clean:
	rm -rf $(VENV) var
