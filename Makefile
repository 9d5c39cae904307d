# What a person types; the work is done in bin/.
# Python finds itself through PATH, which an emptied environment lacks.
export PATH := $(or $(PATH),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
BIN := .venv/bin
FLASK := TERRAIN_ENV=development $(BIN)/flask
PYTHON_FILES := . $(shell grep -lE '^\#!.*python' bin/*)

.DEFAULT_GOAL := help
.PHONY: run setup test check fix demo bench screenshots help

run: ## Set up what is missing, then start Terrain (PORT=8000); Ctrl-C ends it
	@bin/setup run
	@$(BIN)/python bin/run

setup: ## Set up everything, the tests' needs as well, and start nothing
	@bin/setup test

test: setup ## Run all tests (ARGS='-k door' chooses some)
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

check: setup ## Check format, lint, types, templates, translations and documentation
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/mypy --strict app tests bench
	$(BIN)/djlint --quiet --lint templates
	$(FLASK) i18n check
	$(FLASK) config docs --check

fix: setup ## Mend format, lint and what is generated from the code
	$(BIN)/ruff check --fix-only $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)
	$(FLASK) config docs > docs/configuration.md
	$(FLASK) i18n update

demo: ## Load the demo anew; what is in the database is lost
	@bin/setup run
	@$(FLASK) demo load --reset

bench: setup ## Measure how fast Terrain is on this machine (ARGS=--quick: a few seconds a row)
	@$(BIN)/python -m bench $(ARGS)

screenshots: setup ## Take pictures of every page (ARGS="--only home" chooses some)
	@$(BIN)/python bin/screenshots $(ARGS)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
