#!/usr/bin/env bash
# Measures the cost of converting Chat to Responses compared with the passthrough: CPU of LocalHost's process, alternating, in one process.
#   ROUNDS=5 bench/bridge.sh
#   PUBLISH=0                reuse what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/bridgebench}
if [ "${PUBLISH:-1}" = 1 ]; then
  dotnet publish "$root/bench/Bridge" -c Release -o "$work/driver" -v q --nologo
  dotnet publish "$root/src/LocalHost" -c Release -o "$work/nano" -v q --nologo
fi
exec dotnet "$work/driver/BridgeBench.dll" "${ROUNDS:-5}" "$work/nano/LocalHost"
