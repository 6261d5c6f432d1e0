#!/usr/bin/env bash
# Measures the gateway and its peers in one run, with the load rig in a folder beside the repository (../shared/bench):
#   bench/rig.sh                                   yarp, relay, portkey, nano and nano-native, 3 times
#   REPS=1 TESTS="ns_closed st_paced" bench/rig.sh yarp nano
# Publishes LocalHost twice (for the runtime, and native), and needs the tools that the rig's README names.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
shared=$(cd "$root/.." && pwd)/shared/bench
[ -d "$shared" ] || { echo "The load rig (../shared/bench) is not beside this repository." >&2; exit 2; }
work=${WORK:-${TMPDIR:-/tmp}/gwbench}
rig=$work/rig
mkdir -p "$work"
rm -rf "$rig" && cp -r "$shared" "$rig" && chmod -R u+w "$rig" && cp "$root"/bench/targets/*.sh "$rig/targets/"
if [ "${PUBLISH:-1}" = 1 ]; then
  dotnet publish "$root/src/LocalHost" -c Release -o "$work/nano" -v q --nologo
  dotnet publish "$root/src/LocalHost" -c Release -r linux-x64 -p:PublishAot=true -o "$work/nano-native" -v q --nologo
fi
export WORK=$work NANO_DLL=$work/nano/LocalHost.dll NANO_NATIVE=$work/nano-native/LocalHost
[ $# -gt 0 ] || set -- yarp relay portkey nano nano-native
exec "$rig/run.sh" "$@"
