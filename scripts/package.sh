#!/usr/bin/env bash
# Publishes the Functions app as azd does, compiled ahead, and runs the tests of the package on the result: its files, its size as a zip, and that it
# serves behind the stand-in of its host. The tests alone take a package that is not compiled ahead, which is faster.
set -euo pipefail
cd "$(dirname "$0")/.."
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
dotnet publish src/Functions -c Release -o "$package" --nologo -v quiet
NANO_PACKAGE=$package dotnet test tests/Functions.Tests --nologo --filter FullyQualifiedName~PackageTests
