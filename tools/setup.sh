#!/bin/sh
# Makes .venv hold what the program needs, and does nothing when it already does.
#
#   sh tools/setup.sh run     what requirements.txt lists
#   sh tools/setup.sh dev     also what requirements-dev.txt lists
#   sh tools/setup.sh test    also, on Linux, the virtual screen that the tests draw on
#
# PYTHON=/path/to/python3 chooses the Python that .venv is made from.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
unfinished=$venv/.unfinished # there while pip works: left over, it tells of an interrupted install

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

# Whether a Python can draw windows, make a virtual environment, and is new enough.
suitable() {
    "$1" -c 'import ensurepip, sys, tkinter.ttk, venv
sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

# Whether .venv is complete: a newer system Python or a moved folder leaves one that starts no more.
healthy() {
    [ ! -e "$unfinished" ] && "$venv/bin/python" -c 'import importlib.util, sys, tkinter.ttk
sys.exit(sys.version_info < (3, 10) or importlib.util.find_spec("pip") is None)' >/dev/null 2>&1
}

can_install_packages() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null
}

install_packages() {
    say "Installing with apt-get: $*"
    # dpkg refuses to work without the system folders, which a short PATH lacks.
    (
        PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
        DEBIAN_FRONTEND=noninteractive
        export PATH DEBIAN_FRONTEND
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
    ) </dev/null >/dev/null || fail "apt-get could not install: $*"
}

python_advice() {
    say "No Python 3.10 or newer with Tk (tkinter) and venv was found. Install one:"
    case $(uname -s) in
    Darwin)
        say "    Homebrew            brew install python python-tk"
        say "    or the installer from python.org, which contains Tk"
        ;;
    *)
        say "    Debian, Ubuntu      sudo apt-get install python3 python3-tk python3-venv"
        say "    Fedora              sudo dnf install python3 python3-tkinter"
        say "    Arch                sudo pacman -S python tk"
        say "    openSUSE            sudo zypper install python3 python3-tk"
        ;;
    esac
    say "or name one that has them:  make run PYTHON=/path/to/python3"
}

# Prints the Python to use. The first on the PATH is often one without Tk (pyenv builds such), so
# each candidate is tried.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suitable "$PYTHON" || fail "PYTHON=$PYTHON will not do: it must be Python 3.10 or newer" \
            "and have the modules tkinter, venv and ensurepip."
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3; do
        if suitable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if can_install_packages; then
        install_packages python3 python3-tk python3-venv
        if suitable /usr/bin/python3; then
            echo /usr/bin/python3
            return
        fi
    fi
    python_advice
    exit 1
}

make_venv() {
    # Two set-ups in one folder would spoil each other's work.
    if [ -e "$unfinished" ] && kill -0 "$(cat "$unfinished")" 2>/dev/null; then
        fail "Another set-up is at work here (process $(cat "$unfinished"));" \
            "if that is not so, delete $unfinished."
    fi
    python=$(find_python)
    say "Making the virtual environment $venv with $("$python" --version) ($python)"
    "$python" -m venv --clear "$venv"
}

# install NAME FILE...: installs the requirements files, unless that was done for their present text.
install() {
    stamp=$venv/.installed-$1
    shift
    wanted=$(cat "$@" | cksum)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    if [ -e "$stamp" ]; then
        say "Installing what is new in $*"
    else
        say "Installing $* (a minute or more, since PyTorch is large)"
    fi
    echo $$ >"$unfinished"
    for file in "$@"; do
        set -- "$@" -r "$file"
        shift
    done
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input "$@" || {
        # pip fetches everything before it changes anything: without a network, what worked before
        # still does, and is kept.
        [ ! -e "$stamp" ] || rm "$unfinished"
        fail "pip could not install the requirements; its message is above."
    }
    echo "$wanted" >"$stamp"
    rm "$unfinished"
}

what=${1:-}
case $what in
run | dev | test) ;;
*) fail "usage: sh tools/setup.sh run|dev|test" ;;
esac

healthy || make_venv
case $what in
run) install run requirements.txt ;;
*) install dev requirements.txt requirements-dev.txt ;;
esac
# Where apt-get cannot be used, the tests themselves say what to install.
if [ "$what" = test ] && [ "$(uname -s)" = Linux ] && [ "${LSE_TEST_DISPLAY:-}" != keep ] &&
    ! command -v Xvfb >/dev/null && can_install_packages; then
    install_packages xvfb
fi
