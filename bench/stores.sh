# The stores of the scripts that measure governance. Sets $folder, and $store from its name: sqlite, garnet (after `dotnet tool restore`),
# garnet-scripts (with atomic scripts), redis (the machine's), azurite (after `npm ci` in tests/azurite), or a STATE_STORE. Started stores end with the script.
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
open_store() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  store=$1
  case $store in
    sqlite) store=sqlite:$folder/state-$port.db ;;
    garnet | garnet-scripts)
      local options=()
      [ "$store" = garnet ] || options=(--lua --lua-transaction-mode)
      local server=${NUGET_PACKAGES:-$HOME/.nuget/packages}/garnet-server/2.2.8/tools/net10.0/any/GarnetServer.dll
      DOTNET_gcServer=0 dotnet exec "$server" --bind 127.0.0.1 --port "$port" --memory 4g --index 256m "${options[@]}" >"$folder/server.log" 2>&1 &
      [ "$store" = garnet ] && store=redis:127.0.0.1:$port || store=redis:127.0.0.1:$port,atomicScripts=true ;;
    redis)
      redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no >"$folder/server.log" 2>&1 &
      store=redis:127.0.0.1:$port ;;
    azurite)
      node tests/azurite/node_modules/azurite/dist/src/table/main.js --tableHost 127.0.0.1 --tablePort "$port" --inMemoryPersistence --disableTelemetry >"$folder/server.log" 2>&1 &
      local account='DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
      store="table:$account;TableEndpoint=http://127.0.0.1:$port/devstoreaccount1;" ;;
  esac
  sleep 3
}
