#!/usr/bin/env bash
# Measures the Functions worker behind the stand-in of its host (tests/Functions.Tests/Hosting), compared with a worker without a gateway
# (bench/EmptyFunctions). Linux only; needs the worker's packages.
#   bench/worker.sh                      starts, with and without ReadyToRun, and CPU per request
#   RUNS=20 bench/worker.sh start        from before the worker's process until the first response of nano/echo
#   REQUESTS=16000 ROUNDS=5 bench/worker.sh requests      CPU of the server's process per request, warm
#   PUBLISH=0                            reuse what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/workerbench}
[ $# -gt 0 ] || set -- start requests

publish() { dotnet publish "$root/$1" -c Release -o "$work/$2" -v q --nologo "${@:3}"; }

if [ "${PUBLISH:-1}" = 1 ]; then
  publish bench/Worker driver
  publish src/Functions worker
  publish src/Functions worker-jit -p:PublishReadyToRun=false
  publish bench/EmptyFunctions empty-worker
  publish src/LocalHost nano
  publish bench/Empty empty
fi
for what in "$@"; do
  case $what in
    start) dotnet "$work/driver/WorkerBench.dll" start "${RUNS:-10}" "worker=$work/worker" "worker without ReadyToRun=$work/worker-jit" "empty worker without ReadyToRun=$work/empty-worker" ;;
    requests) dotnet "$work/driver/WorkerBench.dll" requests "${REQUESTS:-8000}" "${ROUNDS:-5}" "worker=$work/worker-jit" "empty worker=$work/empty-worker" "LocalHost=$work/nano/LocalHost" "empty app=$work/empty/Empty" ;;
    *) echo "There is no '$what': start, requests." >&2; exit 2 ;;
  esac
done
