#!/bin/sh
# Writes the hashed requirement files from pyproject.toml. They name no package host.
# "make lock" is the way to call it.
set -eu
cd "$(dirname "$0")/.."
lock() {
    "${UV:-.venv/bin/uv}" pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate "$@"
}
lock pyproject.toml --group setup --output-file requirements/run.txt
lock pyproject.toml --group setup --group dev --output-file requirements/test.txt
printf 'uv\n' | lock - --output-file requirements/uv.txt
