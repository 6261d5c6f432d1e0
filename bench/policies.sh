#!/usr/bin/env bash
# What limits cost: the same passthrough with the gateway's own key and with a virtual key that has a budget and rates, in turns, in one LocalHost. CPU of
# LocalHost's process per request. Linux.
#
#   bench/policies.sh [STORE ...]        sqlite, garnet, azurite, hot (garnet with allotments); all of them without a name
#
# LOCALHOST_DLL names a build of LocalHost that is not to be made here. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
. bench/stores.sh
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
[ $# -gt 0 ] || set -- sqlite garnet azurite hot
for name in "$@"; do
  hot=0
  [ "$name" != hot ] || hot=20
  open_store "${name/hot/garnet}"
  python3 bench/policies.py "$host" "$store" "$name" "$hot"
done
