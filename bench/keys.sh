#!/usr/bin/env bash
# Whether memory grows with the number of virtual keys: creates them in many organizations, sends a request with each, and prints the resident memory of
# LocalHost's process at intervals. Linux.
#
#   bench/keys.sh [KEYS] [STORE]        by default 100000 keys in SQLite; STORE as in bench/ledger.sh
#
# LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
. bench/stores.sh
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
open_store "${2:-sqlite}"
python3 bench/keys.py "$host" "$store" "${1:-100000}"
