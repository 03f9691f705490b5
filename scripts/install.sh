#!/bin/sh
# Make .venv from a lock file, and leave a stamp: with uv where there is one, else with pip alone.
set -eu
lock=$1
stamp=$2
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Querent needs Python 3.11 or newer; set PYTHON=/path/to/python3." >&2
    exit 2
}

# Two of us at once would spoil each other's work. Python takes the lock and sh inherits it, because flock(1) is not
# on every machine; the system lets go of it however we end.
if [ "${QUERENT_INSTALLING:-}" != "$stamp" ]; then
    QUERENT_INSTALLING=$stamp exec "$python" -c '
import fcntl, os, sys
lock = os.open(".venv.lock", os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp("sh", ["sh", *sys.argv[1:]])' "$0" "$@"
fi
if [ "$stamp" -nt "$lock" ] && [ "$stamp" -nt pyproject.toml ]; then
    exit 0
fi

can_run() { .venv/bin/python -c "import sys$1; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; }

start_again() {
    rm -rf .venv
    "$@" || {
        rm -rf .venv
        echo "A virtual environment could not be made; on Debian and Ubuntu: apt install python3-venv." >&2
        exit 2
    }
}

# The lock names everything: pip, left to look for dependencies of its own, would meet a version that came out since.
echo "Installing from $lock (once; about a minute) ..."
if command -v uv >/dev/null 2>&1; then
    can_run "" || start_again uv venv -q --python "$python" .venv
    uv pip install -q --compile-bytecode --python .venv/bin/python --no-deps --require-hashes -r "$lock"
    uv pip install -q --python .venv/bin/python --no-build-isolation --no-deps -e .
else
    can_run ", pip" || start_again "$python" -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$lock"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
fi
touch "$stamp"
