#!/usr/bin/env bash
# Measures the cost of route plans and the response cache compared with the direct path: CPU of LocalHost's process, alternating, in one run.
#   ROUNDS=5 bench/plans.sh
#   REDIS=127.0.0.1:6379     also hits from a Redis server
#   PUBLISH=0                reuse what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/plansbench}
if [ "${PUBLISH:-1}" = 1 ]; then
  dotnet publish "$root/bench/Plans" -c Release -o "$work/driver" -v q --nologo
  dotnet publish "$root/src/LocalHost" -c Release -o "$work/nano" -v q --nologo
fi
exec dotnet "$work/driver/PlansBench.dll" "${ROUNDS:-5}" "$work/nano/LocalHost" ${REDIS:+"$REDIS"}
