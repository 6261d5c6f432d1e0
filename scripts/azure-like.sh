#!/usr/bin/env bash
# The gateway on a laptop as it runs in Azure: the Functions app under Core Tools (LocalHost if `func` is not installed), Azurite for
# storage and state, and a Key Vault on loopback with keys from a file. Ctrl+C ends all of it; nothing is kept.
#
#   scripts/azure-like.sh [--redis] [SECRETS]
#
#   --redis    keeps state in Garnet instead of Azurite's tables
#   SECRETS    a JSON file of the vault's secrets: {"api-key": "...", "openai-api-key": "..."}; read again for each request, so that an
#              edit rotates a key. Without it, the vault has an api-key that is printed.
#
# PORT is the gateway's (7071). Requires Node.js, openssl, `npm ci` in tests/azurite, and `dotnet tool restore` for --redis. The vault's name
# is vault.localhost: if the system does not resolve it to loopback, add "127.0.0.1 vault.localhost" to /etc/hosts; until then,
# keys are settings. SSL_CERT_FILE makes the vault's certificate trusted, which .NET reads on Linux only.
set -eu
cd "$(dirname "$0")/.."

redis=false secrets=
for argument; do
  case $argument in
    --redis) redis=true ;;
    -*) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) secrets=$(cd "$(dirname "$argument")" && pwd)/$(basename "$argument") ;;
  esac
done

work=$(mktemp -d)
children=()
finish() {
  trap - EXIT
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# background NAME COMMAND...: its output goes to a file of that name
background() {
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  children+=($!)
}

# await NAME TEXT: waits until the log of that name contains the text
await() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! grep -q "$2" "$work/$1.log" || return 0
    kill -0 "${children[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "$1 did not start:" >&2
  cat "$work/$1.log" >&2
  exit 1
}

azurite=tests/azurite/node_modules/azurite/dist/src/azurite.js
[ -f "$azurite" ] || { echo "Azurite is missing: run 'npm ci --ignore-scripts' in tests/azurite." >&2; exit 1; }
background azurite node "$azurite" --inMemoryPersistence --skipApiVersionCheck --disableTelemetry
await azurite 'Table service is successfully listening'
export AzureWebJobsStorage=UseDevelopmentStorage=true STATE_STORE=${STATE_STORE:-table:UseDevelopmentStorage=true}

if $redis; then
  redis_port=${REDIS_PORT:-6379}
  background garnet dotnet tool run garnet-server -- --bind 127.0.0.1 --port "$redis_port" --memory 64m --index 8m
  await garnet 'Ready to accept connections'
  export STATE_STORE=redis:127.0.0.1:$redis_port
fi

if [ -z "$secrets" ]; then
  secrets=$work/secrets.json
  (umask 077 && printf '{"api-key": "%s"}\n' "$(openssl rand -hex 32)" >"$secrets")
  echo "The gateway's key: $(sed 's/.*: "\(.*\)".*/\1/' "$secrets")"
fi
unset API_KEY
if node -e 'require("dns").lookup("vault.localhost", e => process.exit(e ? 1 : 0))'; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vault.localhost -addext subjectAltName=DNS:vault.localhost \
    -keyout "$work/vault.key" -out "$work/vault.crt" 2>/dev/null
  background vault node scripts/azure-like-vault.mjs "$work" "$secrets"
  await vault listening
  read -r _ vault_port identity_port <"$work/vault.log"
  # Providers' certificates stay trusted: the system's come first.
  cat "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$work/vault.crt" >"$work/trusted.crt" 2>/dev/null || cp "$work/vault.crt" "$work/trusted.crt"
  export SSL_CERT_FILE=$work/trusted.crt KEY_VAULT_URI=https://vault.localhost:$vault_port
  # As in Azure: only the app's managed identity, no other sign-in.
  export IDENTITY_ENDPOINT=http://127.0.0.1:$identity_port/token IDENTITY_HEADER=azure-like AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential
else
  echo "There is no Key Vault, since vault.localhost is not known here: add \"127.0.0.1 vault.localhost\" to /etc/hosts. Keys are settings."
  # Not split at "=": a key in Base64 may end with one. Values may have several lines.
  while IFS= read -r -d '' setting; do export "$setting"; done < <(node scripts/azure-like-vault.mjs --settings "$secrets")
fi

port=${PORT:-7071}
if command -v func >/dev/null; then
  echo "The Functions app starts at http://localhost:$port/v1."
  (cd src/Functions && exec func start --port "$port") &
else
  echo "Core Tools (func) are not installed: LocalHost starts at http://localhost:$port/v1."
  # NANO_HOST_DLL: an existing build of LocalHost.
  if [ -n "${NANO_HOST_DLL:-}" ]; then PORT=$port dotnet "$NANO_HOST_DLL" & else PORT=$port dotnet run --project src/LocalHost & fi
fi
children+=($!)
wait $!
