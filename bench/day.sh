#!/usr/bin/env bash
# A day in the life of four LocalHost instances on one store, in MINUTES: virtual keys with budgets and rates, the response cache, aliases with
# fallbacks, metrics and a Key Vault; and, one after the other, an outage and a rate limit of a provider, two rolling restarts, an outage of the store,
# a rotated provider key, an outage of the vault and a step of one instance's clock. At the end the ledger, the usage records, the providers' own
# counts, the budgets' counters and the metrics must agree, or the script prints the reason for the difference. Not part of CI.
#
#   bench/day.sh [MINUTES] [STORE]
#
# MINUTES: 30 by default. STORE: garnet-scripts (the default) or another one of stores.sh. SEED repeats the same choices.
# LOCALHOST_DLL names an existing build of LocalHost to use. Needs: python3, Node.js, openssl; the clock's step needs libfaketime (Debian: faketime),
# the vault a resolver that knows vault.localhost. What is missing is left out, with a line of output.
set -eu
cd "$(dirname "$0")/.."
. bench/stores.sh
host=${LOCALHOST_DLL:-artifacts/bin/LocalHost/release/LocalHost.dll}
[ -n "${LOCALHOST_DLL:-}" ] || dotnet build src/LocalHost -c Release -v q --nologo >/dev/null
open_store "${2:-garnet-scripts}"
store_pid=$(jobs -p | tail -1)
if node -e 'require("dns").lookup("vault.localhost", e => process.exit(e ? 1 : 0))'; then
  echo '{"one-api-key": "key-1", "two-api-key": "key-1"}' >"$folder/secrets.json"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vault.localhost -addext subjectAltName=DNS:vault.localhost \
    -keyout "$folder/vault.key" -out "$folder/vault.crt" 2>/dev/null
  node scripts/azure-like-vault.mjs "$folder" "$folder/secrets.json" >"$folder/vault.log" 2>&1 &
  vault_pid=$!
  until grep -q listening "$folder/vault.log"; do sleep 0.1; done
  read -r _ vault_port identity_port <"$folder/vault.log"
  export SSL_CERT_FILE=$folder/vault.crt KEY_VAULT_URI=https://vault.localhost:$vault_port
  export IDENTITY_ENDPOINT=http://127.0.0.1:$identity_port/token IDENTITY_HEADER=day AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential
fi
# Not exec: the stores end with this shell.
MINUTES=${1:-30} STORE=$store STORE_PID=$store_pid VAULT_PID=${vault_pid:-} FOLDER=$folder python3 bench/day.py "$host"
