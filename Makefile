# One command each; `make help` lists them. Everything they make lies in .venv/ and var/.
PYTHON ?= python3
ARGS ?=
# exec: a signal to make reaches the program itself, not a shell before it.
BANK = @exec $(PYTHON) -m deploy.local.bootstrap -- 
DEV = @exec $(PYTHON) -m deploy.local.bootstrap --dev -- 
.DEFAULT_GOAL := help
.PHONY: run test test-all check tour bench faults reset code manage controls lab fmt lock reference help

run: ## set everything up and run the whole bank (PORT=8443)
	$(BANK) deploy.local.run --stop-with-parent

test: ## run the tests of every change, on services of their own (ARGS= goes to pytest)
	$(DEV) deploy.local.test $(ARGS)

test-all: ## all tests: also slow ones, whole banks in their own processes, Chromium
	$(DEV) deploy.local.test -m '' $(ARGS)

check: ## format, lint, types, import contracts, migrations, settings, reference, security
	$(DEV) deploy.local.check $(ARGS)

tour: ## the whole story against the running bank (ARGS=--json)
	$(BANK) examples.tour $(ARGS)

bench: ## the benchmarks; writes var/bench.json
	$(DEV) benchmarks $(ARGS)

faults: ## kill parts of a bank under load and check it; writes var/faults.json (ARGS="--seed 7")
	$(DEV) tests.faults $(ARGS)

controls: ## take each control of docs/compliance/controls.yaml away and see its tests fail; half an hour
	$(DEV) tests.controls $(ARGS)

lab: ## attack your own fix of one lab (N=4); without N, the list of labs
	$(BANK) labs $(N)

code: ## a one-time code for a demo person (USER=alice)
	$(BANK) deploy.local.code $(if $(filter command,$(origin USER)),$(USER),alice)

manage: ## one of Django's commands at the running bank (ARGS="rotate_keys --status")
	$(BANK) deploy.local.manage $(ARGS)

reset: ## forget all local data
	$(BANK) deploy.local.reset

fmt: ## format the code
	$(DEV) ruff format .

lock: ## resolve the .in files anew and pin with hashes (ARGS=--upgrade: take newer ones)
	$(DEV) deploy.local.lock $(ARGS)

reference: ## write docs/reference/ again, and add new words to locale/
	$(DEV) deploy.local.reference

help: #  this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
