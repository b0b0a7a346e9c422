#!/bin/sh
# Make the virtual environment and install a requirements file into it.
#
#   sh scripts/install.sh requirements.txt
#
# PYTHON, VENV and TORCH_INDEX_URL as in the Makefile. Works without a terminal, without a home folder and as root.
set -eu

requirements=$1
venv=${VENV:-.venv}
supported='import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))'

say() { printf '\n==> %s\n' "$*"; }
fail() { printf '\nThis did not work: %s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10 python}; do
        if "$candidate" -c "$supported" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Debian and Ubuntu keep the venv module in a package of its own.
install_venv_module() {
    command -v apt-get >/dev/null || return 1
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    say "Python's venv module is missing; installing Debian's $package"
    if [ "$(id -u)" = 0 ]; then
        apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy "$package"
    else
        sudo -n apt-get update -q && sudo -n apt-get install -qy "$package"
    fi
}

make_environment() {
    python=$(find_python) ||
        fail "no Python from 3.10 to 3.13 was found${PYTHON:+ under the name $PYTHON}. Install one, or name it: make run PYTHON=/path/to/python3"
    say "Making a virtual environment in $venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_venv_module "$python" ||
            fail "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv; then repeat the command."
    fi
    # --clear: a half-made environment of an interrupted run must not stay.
    "$python" -m venv --clear "$venv" || fail "$python could not make a virtual environment in $venv."
}

"$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_environment

quiet=--quiet
[ ! -t 1 ] || quiet=  # a person at a terminal sees the downloads move

pip_install() {
    "$venv/bin/python" -m pip install $quiet --disable-pip-version-check --no-input "$@" ||
        fail "pip could not install the packages. It needs a network (or a pip mirror: see https://pip.pypa.io/en/stable/topics/configuration) and about 6 GB of disk, or 2 GB with TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu. Its own words stand above; repeating the command continues."
}

if [ -n "${TORCH_INDEX_URL:-}" ]; then
    say "Installing torch from $TORCH_INDEX_URL"
    grep '^torch' requirements.txt > "$venv/torch.txt"
    pip_install -r "$venv/torch.txt" --index-url "$TORCH_INDEX_URL"
fi
say "Installing $requirements into $venv (the first time this takes some minutes)"
pip_install -r "$requirements"
say "$venv is ready"
