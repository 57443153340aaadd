# Two commands do everything: `make run` and `make test`. `make check` is `make test` and every other check.
.POSIX:
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.13 || command -v python3 || echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Some machines keep Python from storing what it compiles. Here many processes start, and each would compile all of it.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run test check mutants messages screenshots lint format lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -e 's/:.*##/\t/' | expand -t 13

$(INSTALLED): requirements/dev.txt requirements/clients.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 13) else "Python 3.13 or newer is needed; this is %s. Say which one with: make PYTHON=/path/to/python3.13" % sys.version.split()[0])'
	@echo "Installing what requirements/dev.txt names into $(VENV): the first time this takes some minutes …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/clients.txt
	@touch $(INSTALLED)

run: $(INSTALLED) ## start everything: PostgreSQL, broker, web, worker, beat, with demo data
	@exec $(BIN)/python -m tms.local

test: $(INSTALLED) ## run the whole suite against PostgreSQL
	$(BIN)/python -m pytest $(ARGS)

lint: $(INSTALLED) ## format, lint, types, layers, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	find templates -name '*.html' -exec $(BIN)/djade --target-version 6.1 --check {} +

check: lint test ## everything that CI asks for; the suite also checks the migrations

var/mutants/packages/.installed: $(INSTALLED) requirements/mutants.txt
	rm -rf var/mutants/packages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --target var/mutants/packages -r requirements/mutants.txt
	@touch $@

mutants: var/mutants/packages/.installed ## change the weightiest code in hundreds of places: tests must notice (MODULES=…)
	$(BIN)/python -m tests.mutants $(MODULES)

messages: $(INSTALLED) ## put new texts into locale/, and compile the translations
	$(BIN)/python -m tests.messages

screenshots: $(INSTALLED) ## take the pictures of docs/handbook anew, in a demo of its own
	$(BIN)/python -m tests.handbook

format: $(INSTALLED) ## rewrite the code in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 6.1 {} +

lock: ## compile requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.13 pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.13 pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.13 --group mutants -c requirements/dev.txt -o requirements/mutants.txt

clean: ## remove the environment and the embedded servers' data
	rm -rf $(VENV) var
