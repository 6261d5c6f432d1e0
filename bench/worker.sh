#!/usr/bin/env bash
# Measures the Functions worker behind the stand-in of its host (tests/Functions.Tests/Hosting), compared with a worker without a gateway
# (bench/EmptyFunctions). Linux only; needs the worker's packages.
#   bench/worker.sh                      starts, with and without ReadyToRun, and CPU per request
#   RUNS=20 bench/worker.sh start        from before the worker's process until the first response of nano/echo
#   RUNS=20 bench/worker.sh variants     the same for other ways to publish it, and the size of each package, zipped; needs python3
#   REQUESTS=16000 ROUNDS=5 bench/worker.sh requests      CPU of the server's process per request, warm
#   PUBLISH=0                            reuse what the last call published
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/workerbench}
[ $# -gt 0 ] || set -- start requests

publish() { dotnet publish "$root/$1" -c Release -o "$work/$2" -v q --nologo "${@:3}"; }

[ "${PUBLISH:-1}" != 1 ] || publish bench/Worker driver
if [ "${PUBLISH:-1}" = 1 ] && [ "$*" != variants ]; then
  publish src/Functions worker
  publish src/Functions worker-jit -p:PublishReadyToRun=false
  publish bench/EmptyFunctions empty-worker
  publish bench/EmptyFunctions empty-worker-ahead -r linux-x64 -p:SelfContained=false -p:PublishReadyToRun=true
  publish src/LocalHost nano
  publish bench/Empty empty
fi
# Name, folder and properties of each variant.
variants=(
  "ReadyToRun (as published)|worker|"
  "not compiled ahead|worker-jit|-p:PublishReadyToRun=false"
  "ReadyToRun, profile collected (TieredPGO)|worker-pgo|-p:TieredPGO=true"
  "ReadyToRun, self-contained|worker-own|-p:SelfContained=true"
  "ReadyToRun, self-contained, composite|worker-composite|-p:SelfContained=true -p:PublishReadyToRunComposite=true"
  "ReadyToRun, self-contained, trimmed|worker-trimmed|-p:SelfContained=true -p:PublishTrimmed=true -p:TrimMode=partial"
)

measure_variants() {
  local name folder properties
  local -a subjects=()
  for variant in "${variants[@]}"; do
    IFS='|' read -r name folder properties <<<"$variant"
    # shellcheck disable=SC2086 # several properties
    [ "${PUBLISH:-1}" != 1 ] || publish src/Functions "$folder" $properties || { echo "$name: cannot be published" >&2; continue; }
    subjects+=("$name=$work/$folder")
  done
  for variant in "${subjects[@]}"; do
    python3 - "${variant%%=*}" "${variant#*=}" <<'PYTHON'
import os, sys, tempfile, zipfile
name, folder = sys.argv[1:]
with tempfile.TemporaryFile() as file:
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as package:
        for path, _, files in os.walk(folder):
            for entry in files: package.write(os.path.join(path, entry), os.path.relpath(os.path.join(path, entry), folder))
    print(f'{name}: {file.seek(0, 2) / 1e6:.1f} MB zipped')
PYTHON
  done
  dotnet "$work/driver/WorkerBench.dll" start "${RUNS:-10}" "${subjects[@]}"
}

for what in "$@"; do
  case $what in
    variants) measure_variants ;;
    start) dotnet "$work/driver/WorkerBench.dll" start "${RUNS:-10}" "worker=$work/worker" "worker without ReadyToRun=$work/worker-jit" "empty worker=$work/empty-worker-ahead" "empty worker without ReadyToRun=$work/empty-worker" ;;
    requests) dotnet "$work/driver/WorkerBench.dll" requests "${REQUESTS:-8000}" "${ROUNDS:-5}" "worker=$work/worker-jit" "empty worker=$work/empty-worker" "LocalHost=$work/nano/LocalHost" "empty app=$work/empty/Empty" ;;
    *) echo "There is no '$what': start, variants, requests." >&2; exit 2 ;;
  esac
done
