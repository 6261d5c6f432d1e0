#!/usr/bin/env bash
# A soak of the ledger: requests through four LocalHost processes on one store, each killed with SIGKILL at random every few seconds and
# started again. Afterwards what the store charged is compared with what callers were served. Not part of CI.
#
#   bench/ledger.sh [REQUESTS] [STATE_STORE]
#
# Needs: a build of LocalHost (Release), curl, python3.
set -eu
cd "$(dirname "$0")/.."
requests=${1:-100000}
folder=$(mktemp -d)
store=${2:-sqlite:$folder/state.db}
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
exec python3 bench/ledger.py artifacts/bin/LocalHost/release/LocalHost.dll "$store" "$requests"
