#!/usr/bin/env bash
# Measures the cost of each pair of APIs compared with the passthroughs, of an agent's request, and of embeddings compared with a bare relay: CPU and
# allocations of LocalHost's process, alternating, in one process.
#   ROUNDS=5 bench/pairs.sh [SERIES ...]   callers by name (Chat, Responses, Messages, Gemini), agent, embeddings; without any, all
#   PUBLISH=0                reuse what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/pairsbench}
if [ "${PUBLISH:-1}" = 1 ]; then
  dotnet publish "$root/bench/Pairs" -c Release -o "$work/driver" -v q --nologo
  dotnet publish "$root/src/LocalHost" -c Release -o "$work/nano" -v q --nologo
fi
exec dotnet "$work/driver/PairsBench.dll" "${ROUNDS:-5}" "$work/nano/LocalHost" "$@"
