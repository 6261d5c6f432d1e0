#!/usr/bin/env bash
# Builds the gateway and runs all tests: the .NET ones, those of the npm SDK and those of the deployment's files. Does all
# its own set-up.
# Exit code 0 only when nothing failed. The last line is "N passed, N failed, N skipped", over everything.
set -u
cd "$(dirname "$0")" || exit 1

results=$PWD/artifacts/test-results
passed=0 failed=0 skipped=0

# add NAME PASSED FAILED SKIPPED
add() {
  printf '%-28s %6s passed %6s failed %6s skipped\n' "$@"
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}

# Failed tests are named again at the end, which is all that is left of a long log in some places.
finish() {
  [ ! -s "$results/failures.txt" ] || { echo "Failed:"; sort "$results/failures.txt" | head -n 50; }
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
}

# Something that never got as far as its tests counts as one failure.
broken() {
  echo "FAILED: $1" >&2
  failed=$((failed + 1))
  mkdir -p "$results" && echo "  $1" >>"$results/failures.txt"
}

# name_failures TRX: those of one project, and what failed outside a test (a fixture's end, a crash of the process)
name_failures() {
  sed -n 's/.*<UnitTestResult.* testName="\([^"]*\)".* outcome="\(Failed\|Error\|Timeout\|Aborted\)".*/  \1/p' "$1" >>"$results/failures.txt"
  sed -n '/<RunInfo .*outcome="Error"/,/<\/RunInfo>/s/.*<Text>\(.*\)/  \1/p' "$1" | cut -c1-500 >>"$results/failures.txt"
}

attribute() { sed -n "s/.*<Counters[^>]* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

# dotnet_tests TARGET ARGUMENTS...: a solution or a project with tests
dotnet_tests() {
  local target=$1 folder code trx total executed good bad name any=0
  folder=$results/$(basename "$target")
  shift
  # One compiler serves all projects, also where the environment forbids it.
  dotnet build "$target" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=true
  code=$?
  [ "$code" -eq 0 ] || { broken "dotnet build of $target ended with code $code."; return; }
  dotnet test "$target" --no-build --nologo --logger "console;verbosity=minimal" --logger trx --results-directory "$folder" -nodeReuse:false "$@"
  code=$?
  echo
  for trx in "$folder"/*.trx; do
    [ -f "$trx" ] || continue
    total=$(attribute total "$trx") executed=$(attribute executed "$trx") good=$(attribute passed "$trx")
    # "failed" leaves out errors, timeouts and what a crash cut short: whatever was executed and is not passed failed.
    bad=$((executed - good)) any=$((any + good))
    name=$(sed -n 's/.*codeBase="[^"]*[\/\\]\([^"\/\\]*\)\.dll".*/\1/p' "$trx" | head -n 1)
    add "${name:-$(basename "$trx")}" "$good" "$bad" "$((total - executed))"
    name_failures "$trx"
  done
  [ "$any" -gt 0 ] || broken "dotnet test ran no test in $target."
  [ "$code" -eq 0 ] || [ "$failed" -gt 0 ] || broken "dotnet test of $target ended with code $code (a build error, or a test process that crashed: see above)."
}

# The same .NET tests as they run in a fresh clone with nothing beside it (no recordings, no .env, no npm packages): over a copy
# of what is built, so that only the tests cost time. What passes was counted before; what fails counts. Of LocalHost.Tests
# only the folders run whose tests read what may lie beside: the others take minutes and cannot differ.
clone_tests() {
  local folder clone project trx code bad
  local beside='FullyQualifiedName~.Documentation.|FullyQualifiedName~.Sdk.|FullyQualifiedName~.Settings.|FullyQualifiedName~.Replay.|FullyQualifiedName~.Errors.'
  local long='FullyQualifiedName!~.State.&FullyQualifiedName!~.Simulation.&FullyQualifiedName!~.LargeEventTests&FullyQualifiedName!~.TokenEstimateTests&FullyQualifiedName!~.CatalogueQuirkTests'
  long="$long&FullyQualifiedName!~.TurnTests&FullyQualifiedName!~.HalfPairRequestTests&FullyQualifiedName!~.MalformedChatRequestTests"
  # Without recordings beside it, this is such a clone. What git does not track is not in one.
  [ -d ../shared/wire ] && [ "${NANO_RECORDINGS:-}" != absent ] && git rev-parse --is-inside-work-tree >/dev/null 2>&1 || return 0
  folder=$(mktemp -d) && clone=$folder/clone && mkdir -p "$clone/artifacts/bin" || { broken "A copy for the tests of a fresh clone cannot be made."; return; }
  git ls-files -z --cached --others --exclude-standard | tar -c --null -T - 2>/dev/null | tar -x -C "$clone"
  # The engine under the tests of state stores is installed before any test runs, in a clone too.
  [ ! -d tests/azurite/node_modules ] || ln -s "$PWD/tests/azurite/node_modules" "$clone/tests/azurite/node_modules"
  for project in Core.Tests LocalHost.Tests; do
    cp -r "artifacts/bin/$project" "$clone/artifacts/bin/" || { broken "$project is not built."; continue; }
    trx=$results/clone/$project.trx
    (cd "$clone" && env -u NANO_RECORDINGS dotnet test "artifacts/bin/$project/debug/$project.dll" --nologo --logger "console;verbosity=minimal" --logger "trx;LogFileName=$trx" \
      --filter "$([ "$project" = Core.Tests ] && echo "$long" || echo "$beside")") 2>&1 | grep -v '\[SKIP\]$\|^  Skipped '
    code=${PIPESTATUS[0]} bad=0
    [ -f "$trx" ] && bad=$(($(attribute executed "$trx") - $(attribute passed "$trx"))) && name_failures "$trx"
    printf '%-28s %6s failed in a clone with nothing beside it\n\n' "$project" "$bad"
    failed=$((failed + bad))
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || broken "$project ended with code $code in a clone with nothing beside it."
  done
  rm -rf "$folder"
}

# The panel's tests drive a browser.
has_browser() {
  local name
  [ -n "${CHROMIUM:-}" ] && return
  for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v "$name" >/dev/null && return; done
  return 1
}

# install PACKAGES...: where it may
install() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@") >/dev/null
}

has_node() { command -v node >/dev/null && command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]; }

# npm_packages FOLDER [optional]: those of its package-lock.json; where they are optional, it is not a failure if they cannot be had
npm_packages() {
  has_node || install nodejs npm
  has_node || { broken "$1 needs Node.js 18 or newer with npm: see https://nodejs.org"; return 1; }
  [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] || return 0
  # Without the packages' own scripts: none of ours needs one.
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error || { [ "${2:-}" = optional ] || broken "npm ci failed in $1."; return 1; }
}

# node_tests FOLDER NAME: a folder with a package.json and tests of its own
node_tests() { npm_packages "$1" && { run_node "$1"; count_node "$1" "$2" $?; }; }

# run_node FOLDER: returns the exit code of its tests
run_node() {
  mkdir -p "$results"
  (cd "$1" && node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$results/$(basename "$1").tap")
}

# count_node FOLDER NAME CODE: adds what ran and ended with that exit code
count_node() {
  local folder=$1 name=$2 code=$3 tap good bad left
  tap=$results/$(basename "$folder").tap
  count() { [ ! -f "$tap" ] || sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$tap" | tail -n 1; }
  good=$(count pass) bad=$(($(count fail) + $(count cancelled))) left=$(($(count skipped) + $(count todo)))
  echo
  add "$name" "${good:-0}" "$bad" "$left"
  # A suite with a failure in it is named too.
  [ ! -f "$tap" ] || sed -n 's/^ *not ok [0-9]* - \(.*\)$/  \1/p' "$tap" >>"$results/failures.txt"
  [ "${good:-0}" -gt 0 ] || broken "node --test ran no test in $folder."
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || broken "node --test ended with code $code in $folder."
}

rm -rf "$results"
has_browser || install chromium
# The queries of the Grafana dashboard run against it.
command -v prometheus >/dev/null || install prometheus
command -v redis-server >/dev/null || install redis-server
npm_packages tests/panel-node
npm_packages tests/azurite
# Beside the .NET tests, which often wait; its output is shown at the end.
infra=
if npm_packages tests/infra; then
  mkdir -p "$results"
  run_node tests/infra >"$results/infra.log" 2>&1 &
  infra=$!
fi
if command -v dotnet >/dev/null; then
  dotnet tool restore >/dev/null || broken "dotnet tool restore failed."
  dotnet_tests Nano.slnx
  clone_tests
else
  broken "The .NET SDK 10 is missing: see https://dotnet.microsoft.com/download"
fi
node_tests tests/sdk-node "sdk-node (npm openai)"
if npm_packages tests/agents optional; then node_tests tests/agents "agents (Claude Code and others)"
else echo "agents: not tested, since their packages cannot be installed here"; fi
node_tests tests/panel-node "panel (modules)"
if [ -n "$infra" ]; then
  wait "$infra"
  code=$?
  cat "$results/infra.log"
  count_node tests/infra "infra (Bicep, azd, CI)" "$code"
fi
finish
