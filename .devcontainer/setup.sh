#!/usr/bin/env bash
# Prepares the dev container: Azurite, Azure Functions Core Tools, Chromium for the panel's tests, and the first build.
set -euo pipefail
npm install --global azurite@3.37.0 azure-functions-core-tools@4.15.1
sudo apt-get update -qq
sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
dotnet tool restore
dotnet build src/LocalHost
