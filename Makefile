# For contributors. ./run and ./test are the front doors; these are the rest.
.PHONY: check format lint types contracts test coverage bench bench-pages screenshots lock

PY := .venv/bin/python

check: lint types contracts coverage  ## everything that must be green before a change lands

.venv/.installed-test.txt: requirements/test.txt requirements/uv.txt pyproject.toml
	sh -c '. scripts/setup.sh && setup test.txt'

format: .venv/.installed-test.txt  ## format the code
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix-only .

lint: .venv/.installed-test.txt  ## formatter and linter, changing nothing
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: .venv/.installed-test.txt  ## type check
	$(PY) -m mypy

contracts: .venv/.installed-test.txt  ## who may import whom
	.venv/bin/lint-imports

test: .venv/.installed-test.txt
	./test

coverage: .venv/.installed-test.txt  ## the tests, and how much of core/ they reach
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest tests/core -n 0
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report --include='sonisbridge/core/*' --fail-under=95 --skip-covered

bench: .venv/.installed-test.txt  ## how fast, against the limits of the service; options: BENCH="--people 50000"
	$(PY) -m benchmarks.flows $(BENCH)

screenshots: .venv/.installed-test.txt  ## every page, light, dark and narrow, into screenshots/; some into docs/images/
	$(PY) -m tests.web.screenshots

bench-pages: .venv/.installed-test.txt  ## how fast every page answers with 100,000 contacts and 1,000,000 outcomes
	$(PY) -m benchmarks.pages

lock: .venv/.installed-test.txt  ## write requirements/ anew from pyproject.toml
	scripts/lock.sh
