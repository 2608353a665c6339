# shellcheck shell=bash
# What .ci/pages, .ci/flows and .ci/screenshots share; they source it in the root of the repository. It installs Node.js, npm
# and Chromium (Debian) when absent, which takes root, and the pinned libraries of .ci/web/package.json under target/.
# `LANYARD_PROGRAM=PATH` takes a program that is built already.

have() { command -v "$1" > /dev/null 2>&1; }

packages=()
have chromium || packages+=(chromium)
have node || packages+=(nodejs)
have npm || packages+=(npm)
if ((${#packages[@]} > 0)); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2
  apt-get install --yes --quiet=2 --no-install-recommends "${packages[@]}" > /dev/null
fi
CHROMIUM=$(command -v chromium)
export CHROMIUM

web=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")/web
if ! cmp --silent .ci/web/package.json "$web/installed"; then
  rm -rf "$web"
  mkdir -p "$web"
  cp .ci/web/package.json "$web"
  npm install --prefix "$web" --no-audit --no-fund --no-package-lock --ignore-scripts --silent
  cp .ci/web/package.json "$web/installed"
fi
# Libraries are found beside the scripts.
cp .ci/web/*.mjs "$web"

if [[ -z ${LANYARD_PROGRAM:-} ]]; then
  cargo build --locked --quiet --bin lanyard
  LANYARD_PROGRAM=${CARGO_TARGET_DIR:-target}/debug/lanyard
fi
LANYARD_PROGRAM=$(realpath "$LANYARD_PROGRAM")
export LANYARD_PROGRAM

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
