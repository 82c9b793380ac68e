#!/bin/sh
# setup.sh [dev]: makes .venv with what Dockyard needs (dev: and what its tests need).
# Everything is pinned by hash; a second run finds it there and does nothing.
set -eu

PYTHON=${PYTHON:-python3}
VENV=.venv
MARK=$VENV/.dockyard

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$1"
	say "  $2"
	exit 4
}

need_python() {
	command -v "$PYTHON" >/dev/null 2>&1 ||
		die "There is no $PYTHON on this computer." \
			"Install Python 3.11 or newer (Debian, Ubuntu: apt-get install python3-venv)."
	"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
		die "$("$PYTHON" --version) is too old: Dockyard needs 3.11 or newer." \
			"Install a newer one and name it: make lab PYTHON=python3.12"
	"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
		die "$PYTHON has no venv module." \
			"Debian, Ubuntu: apt-get install python3-venv (as root)."
}

# what decides the content of .venv, as one word
wanted() {
	cat "$requirements" pyproject.toml | cksum
}

pip_install() {
	"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
		die "pip could not install what Dockyard needs; it says why above." \
			"No network? Behind a proxy set https_proxy, with an own certificate PIP_CERT; then again."
}

install() {
	say "Installing Dockyard's Python packages into $VENV ($requirements)"
	# one that was cut off has a Python but no pip
	"$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$PYTHON" -m venv "$VENV" ||
		die "$PYTHON could not make $VENV." \
			"Is there room on the disk (df -h .), and may you write here? Then again."
	# the file names all of it: pip need not look for more, nor for what came out since
	pip_install --no-deps --require-hashes -r "$requirements"
	pip_install --no-deps --no-build-isolation -e .
	# imports are five times slower without compiled files, and some set PYTHONDONTWRITEBYTECODE
	"$VENV/bin/python" -m compileall -q dockyard rehearsal stacks policy
}

main() {
	cd "$(dirname "$0")/.."
	# the shell of a rehearsal borrows .venv: what is installed there is its owner's affair
	if [ -n "${DOCKYARD_CLOCK:-}" ]; then return 0; fi
	requirements=requirements.txt
	# what is there for development serves the rest too
	if [ "${1:-}" = dev ] || [ -f "$MARK.dev" ]; then
		requirements='requirements-dev.txt'
		MARK=$MARK.dev
	fi
	if [ -f "$MARK" ] && [ "$(cat "$MARK")" = "$(wanted)" ]; then
		return 0
	fi
	need_python
	install
	wanted >"$MARK"
}

main "$@"
