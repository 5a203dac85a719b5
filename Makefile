# What a newcomer needs: `make up`, `make test`, `make check`. No target needs anything but python3 and make.

PORT ?= 8000
STATE ?= .state
WORKERS ?= 2
# The first one that is new enough; looked for only when .venv is made.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
PY = .venv/bin/python
PIP = $(PY) -m pip --disable-pip-version-check --quiet install --root-user-action=ignore --no-compile --require-hashes
# --no-compile: Python compiles what it imports, which is a small part of what is installed.
# Passed through the environment, so that a path may have spaces.
export PORT
export STATE

.PHONY: bench-scan bench-chat bench-inbox bench-vision vision faults help up runtime development browser test test-fast check lock format clean bench-detect train

help:
	@echo "make up [PORT=8000] [STATE=.state]   run the platform: web, workers, beat, PostgreSQL, Redis"
	@echo "make up VISION=1                     the same, and read text in pictures (about 100 MB more)"
	@echo "make test                            unit, integration and browser tests"
	@echo "make check                           format, lint, types, import contracts, migrations, docs"
	@echo "make bench-chat, bench-inbox, bench-detect   measure chat, the inbox at two sizes, detection"
	@echo "make bench-vision                      measure the reading of pictures: codes, text, nudity"
	@echo "make bench-scan                        measure scanning through Celery and the database"
	@echo "make faults                          kill and starve every part under load, and check that nothing is lost"
	@echo "make train                           train the detection models again, from ../shared"
	@echo "make lock                            compile requirements*.in into requirements*.txt with hashes"

up: runtime
	@exec $(PY) -m config.supervisor --with-parent

# --- Installing: once, and again when a lock file changes -------------------------------------------------

# A .venv that an interruption left without pip is made again.
MAKE_WHOLE = $(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Parley needs Python 3.11 or newer on the PATH, or make $(MAKECMDGOALS) PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

runtime: .venv/bin/python $(if $(VISION),vision)
	@cmp -s requirements.txt .venv/installed-requirements.txt || \
	  cmp -s requirements-dev.txt .venv/installed-requirements-dev.txt || \
	  { echo "Installing the requirements (once)"; $(MAKE_WHOLE); $(PIP) -r requirements.txt; }
	@cp requirements.txt .venv/installed-requirements.txt

# Text in pictures, a nudity score and a second opinion on file types. --no-deps: the file names everything,
# except the OpenCV with windows that one package asks for and the headless one stands in for.
vision: .venv/bin/python
	@cmp -s requirements-vision.txt .venv/installed-requirements-vision.txt || \
	  { echo "Installing the vision requirements (once)"; $(MAKE_WHOLE); \
	    $(PIP) --no-deps -r requirements-vision.txt; }
	@cp requirements-vision.txt .venv/installed-requirements-vision.txt

development: .venv/bin/python
	@cmp -s requirements-dev.txt .venv/installed-requirements-dev.txt || \
	  { echo "Installing the development requirements (once)"; $(MAKE_WHOLE); $(PIP) -r requirements-dev.txt; }
	@cp requirements-dev.txt .venv/installed-requirements-dev.txt

browser: development
	@.ci/browser
	@.ci/nginx

# --- Tests and checks -------------------------------------------------------------------------------------

# Two test processes: while one waits for a browser or a server, the other one works.
test: development browser
	@STATE="$${TEST_STATE:-.state-test}" $(PY) -m pytest -n $(WORKERS) --dist loadscope --durations=10 $(PYTEST)

test-fast: development
	@STATE="$${TEST_STATE:-.state-test}" $(PY) -m pytest -m "not browser and not processes" $(PYTEST)

check: development
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	STATE="$${TEST_STATE:-.state-test}" $(PY) manage.py makemigrations --check --dry-run
	STATE="$${TEST_STATE:-.state-test}" $(PY) -m pytest tests/architecture

format: development
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

# Peers from PyPI go into a folder of their own, so that they never meet the project's requirements.
.bench-peers/installed: bench/detect/requirements.txt | development
	@$(PY) -m pip --disable-pip-version-check --quiet install --root-user-action=ignore --target .bench-peers \
	  -r bench/detect/requirements.txt
	@touch $@

bench-detect: .bench-peers/installed
	@PYTHONPATH="$$PYTHONPATH:.bench-peers" $(PY) -m bench.detect $(FILES)

bench-vision: development vision
	@$(PY) -m bench.vision $(BENCH)

# Both files are compiled together, so that the runtime versions are the tested ones.
lock: development
	.ci/lock

# --- Measuring: each prints a last line of JSON; compare the ratios --------------------------------------

bench-chat: development
	@STATE="$${BENCH_STATE:-.state-bench}" $(PY) -m bench.chat $(BENCH)

# Customer Messages of a shop with 1,000 and with 100,000 conversations.
bench-inbox: development
	@STATE="$${BENCH_STATE:-.state-bench}" $(PY) -m bench.inbox $(BENCH)

bench-scan: development
	@STATE="$${BENCH_STATE:-.state-bench}" $(PY) -m bench.scan $(BENCH)

# Hurts real processes under load and checks that nothing was lost. For less: make faults FAULTS=--short
faults: development
	@STATE="$${FAULTS_STATE:-.state-faults}" $(PY) -m bench.faults $(FAULTS)

clean:
	rm -rf .venv .state-test .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- Training the detection models (own environment; see training/README.md) ------------------------------

train:
	@$(MAKE) -C training train
