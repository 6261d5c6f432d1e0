#!/usr/bin/env bash
# Publishes LocalHost as a native executable, starts it with a SQLite store, and checks it with scripts/smoke.sh and with a
# virtual key, whose second request is served from the response cache.
#
#   scripts/native.sh [FOLDER]     FOLDER: where the executable is put; a temporary folder without it
#
# Needs a C compiler and zlib (Debian: clang zlib1g-dev). PORT (7099) must be free. Exit code 0: everything works.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
out=${1:-$work/native}
port=${PORT:-7099} key=sk-native-check
gateway=''
trap '[ -z "$gateway" ] || kill "$gateway" 2>/dev/null || true; rm -rf "$work"' EXIT
case $(uname -m) in aarch64 | arm64) rid=linux-arm64 ;; *) rid=linux-x64 ;; esac

dotnet publish "$root/src/LocalHost" -c Release -r "$rid" -p:PublishAot=true -o "$out" -v q --nologo

# cd: settings are not read from an .env or nano.json of the current folder.
cd "$work"
env PORT="$port" HOST=127.0.0.1 API_KEY="$key" STATE_STORE="sqlite:$work/state.db" "$out/LocalHost" >"$work/log" 2>&1 &
gateway=$!
started=''
for _ in $(seq 50); do
  curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && started=yes && break
  kill -0 "$gateway" 2>/dev/null || break
  sleep 0.2
done
[ -n "$started" ] || { echo "FAIL  the gateway does not start"; tail -20 "$work/log"; exit 1; }
"$root/scripts/smoke.sh" "http://127.0.0.1:$port" "$key" || { tail -20 "$work/log"; exit 1; }

post() { curl -s -i "http://127.0.0.1:$port$1" -H "Authorization: Bearer $2" -H 'Content-Type: application/json' -d "$3"; }
made=$(post /api/keys "$key" '{"name":"native","cache":{"seconds":60},"budgets":[{"usd":1,"window":"day"}]}')
virtual=$(sed -n 's/.*"key":"\([^"]*\)".*/\1/p' <<<"$made")
[ -n "$virtual" ] || { echo "FAIL  no virtual key: $made"; exit 1; }
for wanted in miss hit; do
  answer=$(post /v1/chat/completions "$virtual" '{"model":"nano/echo","messages":[{"role":"user","content":"native"}]}')
  grep -qi "^x-nano-cache: $wanted" <<<"$answer" || { echo "FAIL  the cache should say $wanted: $answer"; exit 1; }
done
echo "OK    a virtual key with a budget, and the response cache"
