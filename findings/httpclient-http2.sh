#!/usr/bin/env bash
# HttpClient (.NET) over HTTP/2, two behaviours that its caller does not see.
# - A POST whose stream the server refuses with GOAWAY is sent again by HttpClient itself. The handlers in front of it see one request.
# - Cancelling a read of the response body does not stop the upstream: the stream stays open until the response is disposed.
# A gateway that counts its attempts by handlers counts one of two, and pays for a generation whose reader has left.
#
# Versions: .NET 10.0, Node 20 as the server. Seen: two requests at the server for one SendAsync; no reset of the stream in 2 s after the
# cancelled read, one after Dispose. Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >server.mjs <<'JS'
import { createServer } from 'node:http2';

let refused = false;
const server = createServer((request, response) => {
  const { method, url, stream } = request;
  if (method === 'POST') console.log(`POST ${url}`);
  request.resume();
  if (url === '/refused-once' && !refused) {
    refused = true;
    // "The last stream that I may have acted on is 1", the one before: the client may send this one again.
    stream.session.goaway(0, 1);
    return;
  }
  if (url !== '/endless') {
    response.end('{}');
    return;
  }
  response.writeHead(200);
  const timer = setInterval(() => response.write('data: x\n\n'), 50);
  stream.on('close', () => { clearInterval(timer); console.log(`closed ${url}`); });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
JS
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>
XML
cat >app.cs <<'CS'
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

using var server = Process.Start(new ProcessStartInfo("node", ["server.mjs"]) { RedirectStandardOutput = true })!;
var lines = new List<string>();
try
{
    server.OutputDataReceived += (_, line) => { if (line.Data is { } text) lock (lines) lines.Add(text); };
    server.BeginOutputReadLine();
    for (var i = 0; i < 200 && lines.Count == 0; i++) await Task.Delay(50);
    var counting = new Counting();
    using var client = new HttpClient(counting) { BaseAddress = new Uri($"http://127.0.0.1:{lines[0]}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = TimeSpan.FromSeconds(30) };

    (await client.GetAsync("/first")).Dispose();
    using var posted = await client.PostAsync("/refused-once", new StringContent("{}", Encoding.UTF8, "application/json"));
    await WaitAsync("POST /refused-once", 2);
    var (atHandler, atServer) = (counting.Posts, Count("POST /refused-once"));

    var response = await client.GetAsync("/endless", HttpCompletionOption.ResponseHeadersRead);
    var body = await response.Content.ReadAsStreamAsync();
    var buffer = new byte[4096];
    await body.ReadExactlyAsync(buffer.AsMemory(0, 1));
    using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
    var isCancelled = false;
    try { while (true) await body.ReadAsync(buffer, cancel.Token); }
    catch (OperationCanceledException) { isCancelled = true; }
    await Task.Delay(2000);
    var afterCancel = Count("closed /endless");
    response.Dispose();
    await WaitAsync("closed /endless", 1);
    var afterDispose = Count("closed /endless");

    Console.WriteLine($"{RuntimeInformation.FrameworkDescription}: POST and GOAWAY: status {(int)posted.StatusCode}, {atHandler} request at the handler, {atServer} at the server");
    Console.WriteLine($"read cancelled: {isCancelled}; streams closed 2 s later: {afterCancel}, after Dispose: {afterDispose}");
    var isAsDescribed = atHandler == 1 && atServer == 2 && isCancelled && afterCancel == 0 && afterDispose == 1;
    Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
    return isAsDescribed ? 0 : 1;
}
finally
{
    server.Kill();
}

int Count(string line)
{
    lock (lines) return lines.Count(seen => seen == line);
}

async Task WaitAsync(string line, int count)
{
    for (var i = 0; i < 200 && Count(line) < count; i++) await Task.Delay(50);
}

internal sealed class Counting() : DelegatingHandler(new SocketsHttpHandler())
{
    public int Posts { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Post) Posts++;
        return base.SendAsync(request, cancellationToken);
    }
}
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
