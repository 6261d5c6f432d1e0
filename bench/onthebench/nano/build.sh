#!/usr/bin/env bash
# Builds the native binary that releases contain, at a pinned commit, where definition.json expects it. On the Bench runs it once, before anything is measured.
#   NANO_REPO=https://github.com/OWNER/REPOSITORY NANO_COMMIT=<commit or tag> ./build.sh
# On Debian and Ubuntu it installs what the native compiler needs (clang, zlib1g-dev), and the .NET SDK of global.json into src/.dotnet unless dotnet has it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
: "${NANO_REPO:?The address of the repository to build.}" "${NANO_COMMIT:?The commit or tag to build.}"
here=$PWD
command -v git >/dev/null && command -v clang >/dev/null || { sudo apt-get update -qq && sudo apt-get install -y -qq git clang zlib1g-dev curl; }
[ -d src/.git ] || git clone -q "$NANO_REPO" src
git -C src fetch -q --tags origin
git -C src checkout -q "$NANO_COMMIT"
cd src
if ! dotnet --version >/dev/null 2>&1; then
  [ -x .dotnet/dotnet ] || { curl -fsSL https://dot.net/v1/dotnet-install.sh -o dotnet-install.sh && bash dotnet-install.sh --channel 10.0 --install-dir .dotnet; }
  export DOTNET_ROOT=$PWD/.dotnet PATH=$PWD/.dotnet:$PATH
fi
rid=linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')
dotnet publish src/LocalHost -c Release -r "$rid" -p:PublishAot=true -o "$here/out/nano-gateway" -v q --nologo
[ -x "$here/out/nano-gateway/LocalHost" ] || { echo "The build has made no $here/out/nano-gateway/LocalHost." >&2; exit 1; }
git rev-parse HEAD
