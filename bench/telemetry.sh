#!/usr/bin/env bash
# The cost of exporting telemetry: the same passthrough through a LocalHost that exports nothing and through others that export to a collector with OTLP,
# alternating. CPU and allocations of LocalHost's process per whole response, per stream, and per chunk: what a stream takes more than a whole response.
# Medians over the rounds, with what is not exported first, and their ratio. Linux.
#
#   ROUNDS=8 bench/telemetry.sh
#
# LOCALHOST_DLL names an existing build of LocalHost to use, and COUNTERS_DLL one of bench/Pairs, whose startup hook reads allocations. Needs: python3.
set -eu
cd "$(dirname "$0")/.."
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
hook=${COUNTERS_DLL:-artifacts/bin/Pairs/release/PairsBench.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
[ -n "${COUNTERS_DLL:-}" ] || dotnet build bench/Pairs -c Release -v q --nologo >/dev/null
exec python3 bench/telemetry.py "$host" "$hook"
