#!/usr/bin/env bash
# Checks a running gateway, local or deployed, with curl: is it up, does it list models, does it chat, stream and call a
# tool (with the built-in model nano/echo), and are its errors correct. Sends nothing to any provider.
#
#   scripts/smoke.sh BASE_URL KEY        BASE_URL with or without /v1, KEY is the gateway's API_KEY
#   scripts/smoke.sh http://localhost:7071/v1 Nano
#
# One OK, FAIL or SKIP line per check. Exit code 0: no FAIL; 1: at least one; 2: wrong usage.
set -u

if [ $# -ne 2 ]; then
  echo "Use: $0 BASE_URL KEY   (for instance: $0 http://localhost:7071/v1 Nano)" >&2
  exit 2
fi
command -v curl >/dev/null || { echo "curl is needed." >&2; exit 2; }

base=${1%/}
base=${base%/v1}
key=$2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
body=$work/body
headers=$work/headers
auth=$work/auth     # the key goes through a file: arguments are visible to every user of the machine
api_key=$work/api-key
printf 'Authorization: Bearer %s\n' "$key" >"$auth"
printf 'x-api-key: %s\n' "$key" >"$api_key"

passed=0 failed=0 skipped=0
status=000

ok() { passed=$((passed + 1)); echo "OK    $1"; }
skip() { skipped=$((skipped + 1)); echo "SKIP  $1"; }
fail() {
  failed=$((failed + 1))
  echo "FAIL  $1"
  echo "      status $status, response: $(head -c 400 "$body" 2>/dev/null | tr '\r\n' '  ')"
}

# call METHOD PATH [curl arguments]: status in $status, body and headers in files
call() {
  local method=$1 path=$2
  shift 2
  : >"$body"
  status=$(curl -sS -N -X "$method" --max-time 60 -o "$body" -D "$headers" -w '%{http_code}' "$@" "$base$path" 2>"$work/error") || status=000
  [ "$status" != 000 ] || head -c 300 "$work/error" >"$body"
}

post() { # JSON [curl arguments]: a chat request with the key
  local json=$1
  shift
  call POST /v1/chat/completions -H @"$auth" -H 'Content-Type: application/json' --data-binary "$json" "$@"
}

has() { grep -qF -- "$1" "$body"; }
matches() { grep -qE -- "$1" "$body"; }

# expect NAME STATUS [PATTERN...]: the status, and every pattern (extended regular expression) in the body
expect() {
  local name=$1 want=$2 pattern
  shift 2
  [[ $status =~ ^($want)$ ]] || { fail "$name: expected status $want"; return 1; }
  for pattern in "$@"; do
    matches "$pattern" || { fail "$name: expected $pattern in the response"; return 1; }
  done
  ok "$name"
}

user='"messages":[{"role":"user","content":"Smoke test"}]'
error='"error" *: *\{'

echo "Checking $base"

call GET /healthz
expect "healthz reports that the process lives" 200
call GET /readyz
expect "readyz reports that it is ready" 200

call GET /v1/models -H @"$auth"
expect "models are listed" 200 '"object" *: *"list"' '"nano/echo"'
call GET /v1/models/nano/echo -H @"$auth"
expect "one model is described" 200 '"id" *: *"nano/echo"' '"object" *: *"model"'
call GET /v1/models/no-such-model -H @"$auth"
expect "an unknown model is not described (404)" 404 "$error"

post '{"model":"nano/echo",'"$user"'}'
expect "a chat gets a response" 200 '"object" *: *"chat\.completion"' 'Smoke test' '"finish_reason" *: *"stop"' '"total_tokens" *: *[1-9]'

call POST /v1/chat/completions -H @"$api_key" -H 'Content-Type: application/json' --data-binary '{"model":"nano/echo",'"$user"'}'
expect "the key is taken from x-api-key too" 200

post '{"model":"nano/echo","stream":true,"stream_options":{"include_usage":true},'"$user"'}'
if [ "$status" = 200 ] && [ "$(grep -v '^[[:space:]]*$' "$body" | tail -n 1 | tr -d '\r')" != 'data: [DONE]' ]; then
  fail "a stream is complete: it does not end in [DONE]"
else
  expect "a stream has usage and ends in [DONE]" 200 '^data: .*"chat\.completion\.chunk"' '"total_tokens" *: *[1-9]'
fi
if grep -qi '^content-type: *text/event-stream' "$headers"; then ok "the stream is text/event-stream"; else fail "the stream is text/event-stream"; fi

tools='"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]'
post '{"model":"nano/echo",'"$user,$tools"'}'
expect "a tool is called" 200 '"finish_reason" *: *"tool_calls"' '"name" *: *"get_weather"' '\\"city\\"'
post '{"model":"nano/echo",'"$tools"',"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"Rain in Bergen"}]}'
expect "a tool result gets a response" 200 'Rain in Bergen' '"finish_reason" *: *"stop"'

call POST /v1/chat/completions -H 'Content-Type: application/json' --data-binary '{"model":"nano/echo",'"$user"'}'
expect "a missing key is refused (401)" 401 "$error"
call POST /v1/chat/completions -H 'Authorization: Bearer not-the-key' -H 'Content-Type: application/json' --data-binary '{"model":"nano/echo",'"$user"'}'
expect "a wrong key is refused (401)" 401 "$error"
if has "$key" && [ "${#key}" -gt 7 ]; then fail "the refusal does not show the key"; fi
call GET /v1/models
expect "models without a key are refused (401)" 401 "$error"
post '{'"$user"'}'
expect "a missing model is refused (400)" 400 "$error" 'model'
post '{"model":"nano/echo"}'
expect "missing messages are refused (400)" 400 "$error" 'messages'
post '{"model":"no-such-model",'"$user"'}'
expect "an unknown model is refused (404)" 404 "$error" 'model_not_found'
post 'this is not JSON'
expect "a body that is not JSON is refused (400)" 400 "$error"
call GET /v1/chat/completions -H @"$auth"
expect "a wrong method is refused (405 or 404)" '405|404'
call GET /v1/no-such-route -H @"$auth"
expect "an unknown route is refused (404)" 404

call GET /access
if [ "$status" = 404 ]; then skip "the panel: the gateway has no /access"; else expect "the panel is served" 200 '<html'; fi

echo
echo "$passed ok, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
