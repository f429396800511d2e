#!/bin/sh
# What a machine must have before the room runs ("run") or is tested ("test").
#
# Missing packages of Debian are installed when root asks for it. Anybody else is
# told the line to type; then "run" stops, and "test" goes on without browsers, Node,
# strace, nginx and a C compiler, whose tests are skipped and say so. Under CI nothing is skipped.
set -eu

purpose=${1:?usage: tools/needs.sh run|test}
python=${PYTHON:-python3}
packages=""   # of Debian, missing
required=""   # those among them without which nothing goes on

need() {  # need PACKAGE required|optional COMMAND...: what shows that it is there
    package=$1 kind=$2
    shift 2
    "$@" >/dev/null 2>&1 && return
    packages="$packages $package"
    [ "$kind" = optional ] || required="$required $package"
}
has_c() { echo '#include <stdio.h>' | cc -fsyntax-only -x c -; }
has_nginx() { command -v nginx || test -x /usr/sbin/nginx; }
has_library() { /sbin/ldconfig -p | grep -q "$1"; }
has_font() { dpkg-query --show --showformat '${Status}' "$1" | grep -q 'ok installed'; }
look() {
    packages="" required=""
    need python3 required command -v "$python"
    # Debian's python3 has venv, but not the ensurepip that venv asks for.
    need python3-venv required "$python" -c 'import ensurepip, venv'
    [ "$purpose" = test ] || return 0
    need chromium optional command -v chromium
    # Playwright brings a Node of its own for Chromium, but not what that is linked to.
    need libatomic1 optional has_library libatomic.so.1
    need nodejs optional command -v node
    need npm optional command -v npm
    # Counts what goes to the disk before an ack does.
    need strace optional command -v strace
    # Stands in front of the room as docs/operating.md has it.
    need nginx optional has_nginx
    # Builds what measures.
    need gcc optional command -v cc
    need libc6-dev optional has_c
    # Without them screenshots show boxes for what the tests write.
    need fonts-noto-cjk optional has_font fonts-noto-cjk
    need fonts-noto-color-emoji optional has_font fonts-noto-color-emoji
}

look
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing$packages"
    # What fails is judged below, by what is there.
    apt-get update --quiet=2 || true
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --quiet=2 --no-install-recommends $packages >/dev/null || true
    look
fi

if [ -n "$packages" ]; then
    echo "missing; on Debian:  sudo apt-get install$packages" >&2
    [ -z "$required" ] && [ "${CI:-}" != true ] || exit 1
fi

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || {
    echo "$("$python" --version) is none of Python 3.11 to 3.14: make PYTHON=python3.11 …" >&2
    exit 1
}
