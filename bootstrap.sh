#!/bin/sh
# One command from a fresh machine to a running or tested u1tray.
#
#   ./bootstrap.sh setup [--with test|lint]   system packages, virtual environment, u1tray in it
#   ./bootstrap.sh run [options of u1tray]    setup, then a private cloud with the indicator
#   ./bootstrap.sh test [options of pytest]   setup with the test parts, then the whole suite
#
# Everything but the system packages stays below this folder (.venv) and the XDG directories.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
environment=$here/.venv
# The distribution's Python: its PyQt5 and dbus-python are used (docs/architecture.md says why).
python=/usr/bin/python3

say() { printf '%s\n' "u1tray: $*" >&2; }
fail() { say "$*"; exit 1; }

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$here/bootstrap.sh"
}

# --- what the system must have: a check for each, and the package that brings it ---------------

has_module() { "$python" -c "import $1" 2>/dev/null; }
has_command() { command -v "$1" >/dev/null 2>&1; }

need_module() { has_module "$1" || missing="$missing $2"; }
need_command() { has_command "$1" || missing="$missing $2"; }

find_missing() { # find_missing EXTRAS
    missing=
    if [ ! -x "$python" ]; then
        missing="python3 python3-venv python3-pyqt5 python3-pyqt5.qtsvg python3-dbus"
        missing="$missing python3-dbus.mainloop.pyqt5"
    else
        need_module 'venv, ensurepip' python3-venv
        need_module PyQt5.QtWidgets python3-pyqt5
        need_module PyQt5.QtSvg python3-pyqt5.qtsvg
        need_module dbus python3-dbus
        need_module dbus.mainloop.pyqt5 python3-dbus.mainloop.pyqt5
    fi
    need_command dbus-daemon dbus
    case " $1 " in *" test "*)
        need_command git git
        need_command Xvfb xvfb
        need_command xfce4-panel xfce4-panel
        need_command xfconf-query xfconf
        need_command trayer trayer
        need_command openbox openbox
        need_command gnome-keyring-daemon gnome-keyring
        need_command xdotool xdotool
        need_command xprop x11-utils
        [ -x /usr/libexec/at-spi-bus-launcher ] || missing="$missing at-spi2-core"
        need_command import imagemagick
        need_command chromium chromium
        need_command chromedriver chromium-driver
        need_command caddy caddy
        # Debian keeps it outside the PATH of ordinary users.
        [ -x /usr/sbin/nginx ] || need_command nginx nginx-light
        # Nor does Debian show this one. No cluster of the system's needs to run.
        ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need_command initdb postgresql
        [ -d /usr/share/icons/Adwaita ] || missing="$missing adwaita-icon-theme"
        [ -d /usr/share/fonts/truetype/dejavu ] || missing="$missing fonts-dejavu-core"
    esac
}

install_missing() { # install_missing EXTRAS
    find_missing "$1"
    [ -n "$missing" ] || return 0
    if ! has_command apt-get; then
        say "these parts of the system are missing (Debian's names):$missing"
        say "without apt, install them yourself and run this again:"
        say "  Fedora:   sudo dnf install python3-qt5 python3-dbus dbus-daemon"
        say "  Arch:     sudo pacman -S --needed python python-pyqt5 qt5-svg python-dbus dbus"
        say "  openSUSE: sudo zypper install python3-qt5 libQt5Svg5 python3-dbus-python dbus-1-daemon"
        case " $1 " in *" test "*)
            say "  and for the tests: xvfb xfce4-panel xfconf trayer openbox gnome-keyring xdotool"
            say "  imagemagick adwaita-icon-theme dejavu-fonts chromium chromium-driver"
            say "  (xorg-server-xvfb on Arch)"
        esac
        exit 1
    fi
    command="apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif has_command sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        say "some system packages are missing and I may not install them. Please run"
        say "  sudo $command"
        fail "and then this again."
    fi
    say "installing system packages:$missing"
    $as_root apt-get update -qq || say "apt-get update failed; trying with the lists there are"
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive $command >&2 ||
        fail "apt could not install them: see its message above"
    find_missing "$1"
    [ -z "$missing" ] || fail "still missing after the installation:$missing"
}

# --- the virtual environment -------------------------------------------------------------------

fingerprint() { # what the installed copy depends on; the package itself is used in place
    {
        printf '%s\n' "$1" "$here"
        "$python" -V
        cat "$here/setup.cfg" "$here/setup.py" "$here/pyproject.toml" "$here/u1tray/__init__.py"
        find "$here/resources" "$here/data" -type f ! -name '*.mo' -exec cksum {} + | sort
    } | cksum
}

make_environment() { # make_environment EXTRAS
    stamp=$environment/.installed
    wanted=$(fingerprint "$1")
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return 0
    fi
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "Python 3.10 or later is needed; $python is $("$python" -V)"
    rm -f "$stamp"
    # Its own pip: without it the making was interrupted, or the system's Python is a newer one.
    if ! "$environment/bin/python" -c \
        'import pip, sys; sys.exit(not pip.__file__.startswith(sys.prefix))' 2>/dev/null; then
        say "making the virtual environment $environment"
        "$python" -m venv --clear --system-site-packages "$environment"
    fi
    say "installing u1tray into it (this takes a minute the first time)"
    extras=$(printf '%s' "$1" | tr ' ' ',')
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        --editable "$here${extras:+[$extras]}" ||
        fail "pip could not install it: is the network there? Run this again to go on."
    printf '%s\n' "$wanted" >"$stamp"
}

setup() { # setup [EXTRAS]
    # What was once asked for stays installed, so that run after test need not change anything.
    had=$(cat "$environment/.extras" 2>/dev/null || :)
    # shellcheck disable=SC2086 # lists of words
    extras=$(printf '%s\n' $had ${1:-} | sort -u | tr '\n' ' ' | sed 's/^ *//; s/ *$//')
    install_missing "${1:-}"
    make_environment "$extras"
    printf '%s\n' "$extras" >"$environment/.extras"
}

run_tests() { # run_tests [OPTIONS OF PYTEST]
    # The tests mostly wait for processes they started, so two at once for each core.
    status=0
    "$environment/bin/python" -m pytest -n "$(($(nproc) * 2))" --dist loadfile "$@" || status=$?
    [ "$status" -eq 1 ] || return "$status"
    # Hundreds of real processes share these cores: a few tests may meet a moment in which nothing
    # else gets any of them. What fails again without the others has failed.
    say "once more, alone, what failed beside the others:"
    "$environment/bin/python" -m pytest --last-failed --last-failed-no-failures none \
        --maxfail 1 -v "$@" || return "$?"
    say "passed alone and not beside others: worth a look, it may be a race"
}

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
setup)
    with=
    while [ $# -gt 0 ]; do
        case $1 in
        --with) with="$with ${2:?--with needs test or lint}"; shift 2 ;;
        *) fail "setup does not know $1" ;;
        esac
    done
    setup "$with"
    say "ready: $environment/bin/u1tray"
    ;;
run)
    setup
    exec "$environment/bin/u1tray" --embedded "$@"
    ;;
test)
    setup test
    cd "$here"
    run_tests "$@"
    ;;
-h | --help | help)
    usage
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
