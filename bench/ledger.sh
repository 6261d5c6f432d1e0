#!/usr/bin/env bash
# A soak of the ledger: requests through four LocalHost processes on one store, each killed with SIGKILL at random every few seconds and
# started again. Afterwards every request that was served must have exactly one charge in the ledger, of its own cost, and the counter that
# enforces the budget must be the sum of the rows. Not part of CI.
#
#   bench/ledger.sh [REQUESTS] [STORE]
#
# STORE: sqlite (the default), garnet (after `dotnet tool restore`), azurite (after `npm ci` in tests/azurite), or a STATE_STORE.
# Needs: a build of LocalHost (Release), python3.
set -eu
cd "$(dirname "$0")/.."
requests=${1:-100000}
store=${2:-sqlite}
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
case $store in
  sqlite) store=sqlite:$folder/state.db ;;
  garnet)
    server=${NUGET_PACKAGES:-$HOME/.nuget/packages}/garnet-server/2.2.8/tools/net10.0/any/GarnetServer.dll
    DOTNET_gcServer=0 dotnet exec "$server" --bind 127.0.0.1 --port "$port" --memory 1g --index 64m >"$folder/server.log" 2>&1 &
    store=redis:127.0.0.1:$port ;;
  azurite)
    node tests/azurite/node_modules/azurite/dist/src/table/main.js --tableHost 127.0.0.1 --tablePort "$port" --inMemoryPersistence --disableTelemetry >"$folder/server.log" 2>&1 &
    account='DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
    store="table:$account;TableEndpoint=http://127.0.0.1:$port/devstoreaccount1;" ;;
esac
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
sleep 3
python3 bench/ledger.py "$host" "$store" "$requests"
