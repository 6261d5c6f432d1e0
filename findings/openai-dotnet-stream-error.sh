#!/usr/bin/env bash
# OpenAI (NuGet): an error event in a streamed Chat response does not raise an exception when the connection then closes as usual. It becomes an
# update without content, and the loop ends as after a complete response. The finish reason is missing, which is the only trace.
# A response that is not streamed and whose finish_reason is null, as several compatible servers send it, raises ArgumentOutOfRangeException from
# the call: a complete response, which is paid for, is lost.
# A gateway must break the connection after an error event, and write a finish reason that the API knows.
#
# Version: OpenAI 2.15.0, .NET 10. Seen: the text "Half" and no exception; ArgumentOutOfRangeException for null.
# Exit code 0 while that is so, 1 when it changed.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"
export NUGET_PACKAGES="$folder/packages" MSBUILDDISABLENODEREUSE=1 UseSharedCompilation="${UseSharedCompilation:-false}"
cat >app.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
<ItemGroup><PackageReference Include="OpenAI" Version="2.15.0" /></ItemGroup></Project>
XML
cat >app.cs <<'CS'
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Diagnostics;
using System.Net;
using System.Text;
using OpenAI;
using OpenAI.Chat;

static string Version(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion!.Split('+')[0];

static async Task<string> AskAsync(string contentType, string body, Func<ChatClient, Task<string>> use)
{
    using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    var port = ((IPEndPoint)listener.LocalEndpoint).Port;
    listener.Stop();
    using var server = new HttpListener();
    server.Prefixes.Add($"http://127.0.0.1:{port}/");
    server.Start();
    var serving = Task.Run(async () =>
    {
        var context = await server.GetContextAsync();
        await context.Request.InputStream.CopyToAsync(Stream.Null);
        context.Response.ContentType = contentType;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        context.Response.Close();
    });
    var options = new OpenAIClientOptions { Endpoint = new Uri($"http://127.0.0.1:{port}/v1"), RetryPolicy = new ClientRetryPolicy(0) };
    try { return await use(new ChatClient("m", new ApiKeyCredential("k"), options)); }
    catch (Exception exception) { return exception.GetType().Name; }
    finally { await serving; }
}

var failing = """
    data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Half"},"finish_reason":null}]}

    data: {"error":{"message":"It failed.","type":"server_error","code":"x"}}


    """.ReplaceLineEndings("\n");
var streamed = await AskAsync("text/event-stream", failing, async client =>
{
    var text = new StringBuilder();
    var (updates, finish) = (0, "no finish reason");
    await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("x")]))
    {
        updates++;
        foreach (var part in update.ContentUpdate) text.Append(part.Text);
        if (update.FinishReason is { } reason) finish = reason.ToString();
    }
    return $"ends normally with \"{text}\", {updates} updates, {finish}";
});
var whole = """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":null}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
var unfinished = await AskAsync("application/json", whole, async client =>
{
    ChatCompletion completion = await client.CompleteChatAsync([new UserChatMessage("x")]);
    return $"\"{completion.Content[0].Text}\", {completion.FinishReason}";
});
Console.WriteLine($"OpenAI {Version(typeof(OpenAIClient))}: error event in a stream: {streamed}");
Console.WriteLine($"finish_reason null: {unfinished}");

bool isAsDescribed = streamed == "ends normally with \"Half\", 2 updates, no finish reason" && unfinished == "ArgumentOutOfRangeException";
Console.WriteLine(isAsDescribed ? "as described" : "CHANGED");
return isAsDescribed ? 0 : 1;
CS
dotnet build -o out -v q --nologo >build.log || { cat build.log; exit 1; }
dotnet out/app.dll
