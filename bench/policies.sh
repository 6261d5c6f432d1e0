#!/usr/bin/env bash
# The cost of limits: the same passthrough with the gateway's own key and with a virtual key that has a budget and rates, alternating, in one LocalHost. CPU of
# LocalHost's process per request. Linux.
#
#   bench/policies.sh [STORE ...]        sqlite, garnet, garnet-scripts, redis, azurite, hot (garnet-scripts with allotments); all of them by default
#   FIRST=1 bench/policies.sh ...        the time to the first byte of a stream instead, for one caller, beside a round trip to the store
#
# LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
. bench/stores.sh
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
[ $# -gt 0 ] || set -- sqlite garnet garnet-scripts redis azurite hot
for name in "$@"; do
  hot=0
  [ "$name" != hot ] || hot=20
  open_store "${name/hot/garnet-scripts}"
  python3 bench/policies.py "$host" "$store" "$name" "$hot"
done
