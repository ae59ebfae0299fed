# One entry for everything: `make audit` runs the main job on the sample practice, `make test` runs every check on the code.
# Nothing but git, make and Python 3.11+ has to be there; the first call creates .venv from the hash-locked requirements.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= var
SAMPLE := data/sample
INBOX ?= $(SAMPLE)/inbox

# The first of these that is Python 3.11 or newer; `make audit PYTHON=/path/to/python` overrides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)

# Telemetry of any library is off before Python starts; flows/environment.py sets the same for other ways in.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-dev audit test test-crash test-office test-browser test-fuzz test-mutants test-oracle test-engine test-nights check lint format sample docs picture lock clean test-spark test-cluster setup-spark bench bench-full bench-smoke bench-reports

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

# A stamp per lock file: a second call installs nothing, a changed lock installs again.
RUN_STAMP := $(VENV)/.installed-$(shell cksum requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.installed-dev-$(shell cksum requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none of python3, python3.13, python3.12, python3.11 is. Install one or call make PYTHON=/path/to/python." >&2; exit 69; }
	@echo "creating $(VENV) with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv $(VENV)

# pip's resolver is not needed with a complete lock; --no-deps also keeps old pips from tripping over extras.
$(RUN_STAMP): $(BIN)/python
	@echo "installing the locked dependencies (about a minute)" >&2
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	@echo "installing the locked test dependencies" >&2
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(RUN_STAMP)  ## creates .venv and installs the locked dependencies
setup-dev: $(DEV_STAMP)  ## the same with the test tools

# Exit code 10 is "done with warnings": the sample holds a few broken rows on purpose.
# The sample brings what all packs need beside claims; other inboxes are audited with the settings of their home.
ifeq ($(INBOX),$(SAMPLE)/inbox)
audit: setup  ## runs the nightly audit over the sample practice into var/
	@install -d -m 700 $(HOME_DIR) $(HOME_DIR)/policy
	@install -m 600 $(SAMPLE)/policy/*.csv $(HOME_DIR)/policy/
	@for kind in providers eligibility fee-schedule; do \
		$(BIN)/claims-audit reference load $$kind $(SAMPLE)/reference/$${kind//-/_}.csv --home $(HOME_DIR) --config $(SAMPLE)/audit.toml >/dev/null; done
	@$(BIN)/claims-audit run --inbox $(INBOX) --home $(HOME_DIR) --config $(SAMPLE)/audit.toml || { code=$$?; test $$code -eq 10; }
else
audit: setup
	@$(BIN)/claims-audit run --inbox $(INBOX) --home $(HOME_DIR) || { code=$$?; test $$code -eq 10; }
endif

# One process a core: the tests of a file stay together, since they share what is costly to make.
WORKERS ?= 2
test: check  ## everything: lint, types, imports, SQL style, tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# PySpark comes as source: what builds it is installed from the lock first, so that nothing outside of it is fetched.
SPARK := .venv-spark
SPARK_STAMP := $(SPARK)/.installed-$(shell cksum requirements-spark.lock 2>/dev/null | cut -d' ' -f1)

$(SPARK_STAMP):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 69; }
	@echo "creating $(SPARK) with PySpark, some minutes" >&2
	@$(PYTHON) -m venv --clear $(SPARK)
	@awk '/^[^ ]/ { wanted = /^setuptools==/ } wanted' requirements-spark.lock > $(SPARK)/build.lock
	@$(SPARK)/bin/python -m pip install --quiet --no-deps --require-hashes -r $(SPARK)/build.lock
	@$(SPARK)/bin/python -m pip install --quiet --no-deps --require-hashes --no-build-isolation -r requirements-spark.lock
	@touch $@

# Which of the programs that save workbooks is there.
OFFICE ?= $(firstword $(foreach name,soffice libreoffice,$(shell command -v $(name) 2>/dev/null)))
test-office: setup-dev  ## work-papers after a save by LibreOffice: needs libreoffice-calc-nogui
	@test -n "$(OFFICE)" || { echo "LibreOffice is needed and is not installed. Install the package libreoffice-calc-nogui." >&2; exit 69; }
	@$(BIN)/python -m pytest tests/flows/test_work_papers.py

test-crash: setup-dev  ## kills the audit forty times, fails its writes, syncs and renames, reads while it publishes 500 times
	@CLAIMS_AUDIT_KILLS=40 CLAIMS_AUDIT_FAULTS=20 CLAIMS_AUDIT_PUBLICATIONS=500 $(BIN)/python -m pytest \
		tests/flows/test_crash.py tests/flows/test_failing_disk.py tests/publishing/test_readers.py

test-fuzz: setup-dev  ## breaks the shared files 200,000 times and reads them, and 3,000 of them into a warehouse
	@CLAIMS_AUDIT_MUTANTS=200000 CLAIMS_AUDIT_LOADED_MUTANTS=3000 $(BIN)/python -m pytest tests/readers/test_fuzz.py tests/intake/test_broken_files.py

# Java is asked for by name before minutes go into the rest.
.PHONY: java
java:
	@"$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])' || { echo "Java 17 or newer is needed for Spark; install openjdk-17-jre-headless or newer, or set JAVA_HOME and PATH." >&2; exit 69; }

setup-spark: java  ## creates .venv-spark, which `audit --engine spark` runs with: needs Java 17 or newer
	@$(MAKE) --no-print-directory $(SPARK_STAMP)

test-spark: setup-spark  ## the cases of all checks and views on Spark: needs Java 17 or newer, takes some minutes
	@$(SPARK)/bin/python -m pytest --confcutdir tests/checks -m spark tests/checks

# The full size, some hours; `make test-cluster LINES=20000 MONTHS=2` takes minutes.
LINES ?= 5000000
MONTHS ?= 6
test-cluster: setup-dev setup-spark  ## a master and two workers on this machine audit 5 million lines as DuckDB does, one worker is killed
	@CLAIMS_AUDIT_CLUSTER_LINES=$(LINES) CLAIMS_AUDIT_CLUSTER_MONTHS=$(MONTHS) $(BIN)/python -m pytest -m cluster tests/lake

test-mutants: setup-dev  ## spoils every comparison and condition of every check, and tells which faults no case notices
	@$(BIN)/python -m tests.mutants.judge

test-engine: setup-dev  ## spoils what runs the checks (claims_audit/checking), half an hour; ends with the mutants that lived
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

test-nights: setup-dev  ## twenty stories of nights, each night held against an audit of everything; an hour
	@CLAIMS_AUDIT_NIGHTS=20 CLAIMS_AUDIT_NIGHT_FILES=60 $(BIN)/python -m pytest tests/findings/test_incremental.py

test-oracle: setup-dev  ## 2,000 random practices of each family of checks against a plain reading of the rules, a quarter of an hour
	@CLAIMS_AUDIT_ORACLE_BATCHES=20 $(BIN)/python -m pytest tests/oracle

# PySpark takes part where there is a Java for it. CHECKING holds options of bench.checking, such as --folder DIR.
BENCH_SPARK := $(if $(shell command -v java 2>/dev/null),$(SPARK_STAMP))
bench: setup-dev $(BENCH_SPARK)  ## measures reading, loading and checking beside others, some half an hour; writes docs/performance*
	@$(BIN)/python -m bench.run
	@$(BIN)/python -m bench.checking $(CHECKING)

bench-full: setup-dev $(BENCH_SPARK)  ## the same with ten times the data, hours: 100 million lines take 20 GB of disk
	@$(BIN)/python -m bench.run --sessions 200000
	@$(BIN)/python -m bench.checking --full $(CHECKING)

bench-smoke: setup-dev  ## two audits of made-up histories: fails if one scans or passes on more rows than it did
	@$(BIN)/python -m bench.smoke

check: setup-dev  ## lint, types, imports and SQL style, without the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --config pyproject.toml
	@$(BIN)/sqlfluff lint sql

format: setup-dev  ## lets ruff and sqlfluff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix sql

sample: setup  ## makes data/sample again (same seed, same bytes)
	@$(BIN)/claims-audit sample-data data/sample

docs: setup-dev  ## writes the generated tables of docs/ again
	@$(BIN)/python -m tests.docs.generated

# Chromium is needed for the pictures and for test-browser only. Debian: apt-get install chromium.
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name) 2>/dev/null)))
BROWSER := .venv-browser
BROWSER_STAMP := $(BROWSER)/.installed-$(shell cksum requirements-browser.lock 2>/dev/null | cut -d' ' -f1)

$(BROWSER_STAMP):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 69; }
	@echo "creating $(BROWSER)" >&2
	@$(PYTHON) -m venv --clear $(BROWSER)
	@$(BROWSER)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-browser.lock
	@touch $@

.PHONY: chromium
chromium:
	@test -n "$(CHROMIUM)" || { echo "Chromium is needed and is not installed. Install the package chromium, or call make with CHROMIUM=/path/to/chromium." >&2; exit 69; }

test-browser: chromium setup $(BROWSER_STAMP)  ## the reports of the sample practice in Chromium and as PDF: filters, keyboard, print, phone, accessibility
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(MAKE) --no-print-directory audit HOME_DIR="$$folder/var" >/dev/null; \
	for profile in internal counsel management; do \
		CHROMIUM="$(CHROMIUM)" $(VENV)/bin/claims-audit report --home "$$folder/var" --profile $$profile --pdf || exit; \
	done; \
	CLAIMS_AUDIT_REPORT="$$folder/var/reports/latest/report.html" CLAIMS_AUDIT_CHROMIUM="$(CHROMIUM)" \
		$(BROWSER)/bin/python -m pytest --confcutdir tests/browser -p no:cacheprovider tests/browser

picture: chromium setup $(BROWSER_STAMP)  ## photographs the report of the sample practice for docs/: desktop, dark, phone, print
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(MAKE) --no-print-directory audit HOME_DIR="$$folder/var" >/dev/null; \
	$(BROWSER)/bin/python tests/browser/pictures.py "$$folder/var/reports/latest/report.html" "$(CHROMIUM)" docs; \
	ls -l docs/report*.png

bench-reports: chromium setup-dev $(BROWSER_STAMP)  ## times and sizes of the reports at 1,000 to 100,000 findings; writes docs/performance_reports*
	@$(BIN)/python -m bench.reports --browser $(BROWSER)/bin/python --chromium "$(CHROMIUM)"

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

# Needs uv, on the machine of whoever changes a dependency; users of the lock do not need it.
lock:  ## makes the lock files again from requirements*.in
	$(LOCK) requirements.in -c constraints.txt -o requirements.lock
	$(LOCK) requirements.in requirements-dev.in -c constraints.txt -c requirements.lock -o requirements-dev.lock
	$(LOCK) requirements-spark.in -o requirements-spark.lock
	$(LOCK) requirements-browser.in -o requirements-browser.lock
	$(LOCK) requirements-release.in -o requirements-release.lock

# What a release is examined with stays out of what it runs with.
RELEASE := .venv-release
$(RELEASE)/.installed-$(shell cksum requirements-release.lock 2>/dev/null | cut -d' ' -f1):
	@$(PYTHON) -m venv --clear $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-release.lock
	@touch $@
.PHONY: release-tools sbom pip-audit
release-tools: $(RELEASE)/.installed-$(shell cksum requirements-release.lock 2>/dev/null | cut -d' ' -f1)

sbom: release-tools  ## writes build/sbom.json: every locked package with its version and hash, as CycloneDX
	@mkdir -p build
	@$(RELEASE)/bin/cyclonedx-py requirements requirements.lock --output-reproducible --of JSON -o build/sbom.json
	@ls -l build/sbom.json

pip-audit: release-tools  ## asks the public list of known vulnerabilities about the locked packages: needs a network
	@$(RELEASE)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock || { \
		echo "pip-audit did not pass: packages listed above have known vulnerabilities, or the list could not be reached (this needs a network; the audit itself does not)." >&2; exit 1; }

clean:  ## removes .venv and caches; var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
