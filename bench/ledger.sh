#!/usr/bin/env bash
# A soak of the ledger: requests through four LocalHost processes on one store, each killed with SIGKILL at random every few seconds and
# started again, to a provider that counts them. Afterwards every request that the provider got must have exactly one charge in the ledger, of its own
# cost, and the counters that enforce the budgets must be the sums of the rows. Not part of CI.
#
#   bench/ledger.sh [REQUESTS] [STORE]
#   HOT_REQUESTS_PER_SECOND=20 bench/ledger.sh ...     with allotments
#
# STORE: sqlite (the default) or another one of stores.sh. ORGANIZATIONS (4), WORKERS (32 callers) and KILL_SECONDS (4, the mean time between two kills)
# change the load; SEED repeats the choices of processes. LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
. bench/stores.sh
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
open_store "${2:-sqlite}"
STORE_PID=$(jobs -p | tail -1) python3 bench/ledger.py "$host" "$store" "${1:-100000}"
