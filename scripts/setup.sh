# Sourced by ./run and ./test from the project's root: makes .venv and installs what one hashed requirement file says.
# Needs a shell and Python 3.11 to 3.13 with venv; fetches everything else with pip's own settings.

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "sonisbridge needs Python 3.11, 3.12 or 3.13; none was found. Install one, or set PYTHON to its path." >&2
    exit 2
}

# setup FILE: the packages of requirements/FILE, and the project itself, in .venv. Does nothing when they are there.
setup() {
    venv="$PWD/.venv"
    stamp="$venv/.installed-$1"
    wanted=$(cat "requirements/$1" requirements/uv.txt pyproject.toml | cksum)
    if [ -x "$venv/bin/sonisbridge" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted $PWD" ]; then
        return
    fi
    python=$(find_python) || exit 2
    echo "Setting up .venv (once; about a minute) ..." >&2
    if ! "$venv/bin/python" -c 'pass' 2>/dev/null; then
        if ! "$python" -m venv --clear "$venv" >&2; then
            echo "Python could not make .venv: install its venv module (Debian: apt-get install python3-venv)." >&2
            exit 2
        fi
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/uv.txt >&2 || exit 2
    export UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$venv"
    # uv is quick; pip, which knows this machine's own package settings, is the second try.
    if ! "$venv/bin/uv" pip install --quiet --require-hashes -r "requirements/$1" >&2; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            -r "requirements/$1" >&2 || exit 2
    fi
    "$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation --offline --editable . >&2 || exit 2
    echo "$wanted $PWD" > "$stamp"
}
