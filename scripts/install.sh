#!/bin/sh
# Make .venv from a lock file: with uv where there is one, else with pip alone.
set -eu
lock=$1
stamp=$2
"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Querent needs Python 3.11 or newer; set PYTHON=/path/to/python3." >&2
    exit 2
}
echo "Installing from $lock (once; about a minute) ..."
if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv -q --python "${PYTHON:-python3}" .venv
    uv pip install -q --python .venv/bin/python --require-hashes -r "$lock"
    uv pip install -q --python .venv/bin/python --no-deps -e .
else
    [ -x .venv/bin/pip ] || "${PYTHON:-python3}" -m venv .venv
    .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/pip install -q --disable-pip-version-check --no-deps -e .
fi
touch "$stamp"
