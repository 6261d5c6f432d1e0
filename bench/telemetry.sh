#!/usr/bin/env bash
# The cost of exporting telemetry: the same passthrough through a LocalHost that exports nothing and through others that export to a collector with OTLP,
# alternating. CPU of LocalHost's process per whole response and per stream. Linux.
#
#   ROUNDS=8 bench/telemetry.sh
#
# LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
exec python3 bench/telemetry.py "$host"
