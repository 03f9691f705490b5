#!/bin/sh
# Renew both lock files: exact versions with hashes, for every platform, naming no registry.
set -eu
common="--quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command scripts/lock.sh"
uv pip compile $common "$@" --extra dev --extra studio pyproject.toml -o requirements-dev.lock
# hatchling builds our own package, so it is locked like everything else.
echo hatchling | uv pip compile $common "$@" --constraint requirements-dev.lock pyproject.toml - -o requirements.lock
