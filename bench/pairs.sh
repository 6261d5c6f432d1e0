#!/usr/bin/env bash
# Measures what each pair of APIs costs beside the passthroughs, an agent's request, and embeddings beside a bare relay: CPU and allocations of
# LocalHost's process, in turns, in one process.
#   ROUNDS=5 bench/pairs.sh [SERIES ...]   callers by name (Chat, Responses, Messages, Gemini), agent, embeddings; all without any
#   PUBLISH=0                what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/pairsbench}
if [ "${PUBLISH:-1}" = 1 ]; then
  dotnet publish "$root/bench/Pairs" -c Release -o "$work/driver" -v q --nologo
  dotnet publish "$root/src/LocalHost" -c Release -o "$work/nano" -v q --nologo
fi
exec dotnet "$work/driver/PairsBench.dll" "${ROUNDS:-5}" "$work/nano/LocalHost" "$@"
