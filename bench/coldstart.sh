#!/usr/bin/env bash
# Measures cold starts: process start to the first response of nano/echo, compared with an empty ASP.NET Core minimal API (bench/Empty)
# that was published in the same mode and is started alternately. Linux only.
#   bench/coldstart.sh                     all modes
#   RUNS=40 bench/coldstart.sh jit aot     these modes
#   PUBLISH=0                              reuse what the last call published    CPU=0     only this core
# The modes: jit        for the installed runtime
#            r2r        the same, compiled ahead (ReadyToRun)
#            composite  self-contained, framework and all compiled ahead in one image
#            aot        native binary (NativeAOT)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${WORK:-${TMPDIR:-/tmp}/coldstart}
rid=linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')
[ $# -gt 0 ] || set -- jit r2r composite aot

options() {
  case $1 in
    jit) echo "-p:PublishReadyToRun=false" ;;
    r2r) echo "-r $rid --self-contained false -p:PublishReadyToRun=true" ;;
    composite) echo "-r $rid --self-contained true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=true" ;;
    aot) echo "-r $rid -p:PublishAot=true" ;;
    *) echo "There is no way '$1': jit, r2r, composite, aot." >&2; return 2 ;;
  esac
}

publish() { dotnet publish "$root/$1" -c Release -o "$work/$3/$2" -v q --nologo $(options "$3"); }

subjects=()
for way in "$@"; do
  options "$way" >/dev/null
  if [ "${PUBLISH:-1}" = 1 ]; then
    publish bench/Empty empty "$way"
    publish src/LocalHost nano "$way"
  fi
  subjects+=("$way empty=$work/$way/empty/Empty" "$way nano=$work/$way/nano/LocalHost")
done
[ "${PUBLISH:-1}" = 0 ] || dotnet publish "$root/bench/ColdStart" -c Release -o "$work/driver" -v q --nologo
exec ${CPU:+taskset -c "$CPU"} dotnet "$work/driver/ColdStart.dll" "${RUNS:-20}" "${subjects[@]}"
