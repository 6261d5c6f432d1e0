#!/usr/bin/env bash
# The time until a list of models has arrived, in the form of each API, one request at a time. Linux.
#
#   bench/models.sh
#
# LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
python3 bench/models.py "$host"
