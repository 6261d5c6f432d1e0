#!/usr/bin/env bash
# What export of telemetry costs: the same passthrough through a LocalHost that exports nothing and through others that send to a collector by OTLP, in turns.
# CPU of LocalHost's process per whole response and per stream. Linux.
#
#   ROUNDS=8 bench/telemetry.sh
#
# LOCALHOST_DLL names a build of LocalHost that is not to be made here. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
exec python3 bench/telemetry.py "$host"
