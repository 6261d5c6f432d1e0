using Nano.Testing;

namespace Nano.LocalHost.Tests.Settings;

public sealed class LocalSettingsTests : IDisposable
{
    private readonly TemporaryFolder _root = new("nano-settings-");

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("A=1", "1")]
    [InlineData("  A = 1  ", "1")]
    [InlineData("export A=1", "1")]
    [InlineData("export\tA=1", "1")]
    [InlineData("A=", "")]
    [InlineData("A=1 # one", "1")]
    [InlineData("A=# nothing", "")]
    [InlineData("A=a#b", "a#b")]
    [InlineData("A=a=b", "a=b")]
    [InlineData("A=two words", "two words")]
    [InlineData("A='a # b'", "a # b")]
    [InlineData("A=\"a # b\" # c", "a # b")]
    [InlineData("A='a\\n$B\"'", "a\\n$B\"")]
    [InlineData("A=\"a\\n\\t\\\"\\\\\\$B\\x\"", "a\n\t\"\\$B\\x")]
    [InlineData("A=''", "")]
    [InlineData("A=it's", "it's")]
    [InlineData("\uFEFFA=1", "1")]
    [InlineData("# A=2\r\n\r\nA=1\r\n", "1")]
    [InlineData("A=1\nA=2", "2")]
    [InlineData("A=\u20ac", "\u20ac")]
    public void A_line_of_an_env_file_is_a_setting(string text, string value)
    {
        Write(".env", text);
        var settings = Load();
        settings.Errors.ShouldBeEmpty();
        settings.Values["A"].ShouldBe(value);
        settings.Values.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("B=1\nsk-secret", 2, "there is no '='")]
    [InlineData("\n\n=sk-secret", 3, "the name before '=' must be letters, digits and '_', and not begin with a digit")]
    [InlineData("1A=sk-secret", 1, "the name before '=' must be letters, digits and '_', and not begin with a digit")]
    [InlineData("A-B=sk-secret", 1, "the name before '=' must be letters, digits and '_', and not begin with a digit")]
    [InlineData("set A=sk-secret", 1, "the name before '=' must be letters, digits and '_', and not begin with a digit")]
    [InlineData("A='sk-secret", 1, "a quote is not closed in its line")]
    [InlineData("A=\"sk-secret\\\"", 1, "a quote is not closed in its line")]
    [InlineData("A=\"sk-secret\nB=\"", 1, "a quote is not closed in its line", 1)]
    [InlineData("A='a'sk-secret", 1, "there is something after the closing quote")]
    public void A_wrong_line_is_named_by_its_number_and_not_repeated(string text, int line, string problem, int more = 0)
    {
        Write(".env", text + "\nLAST=good");
        var settings = Load();
        settings.Errors.Count.ShouldBe(1 + more);
        settings.Errors[0].ShouldBe($"{Path.Combine(_root.FullName, ".env")}, line {line}: {problem}.");
        settings.Errors[0].ShouldNotContain("sk-secret");
        settings.Values["LAST"].ShouldBe("good");
    }

    [Fact]
    public void The_environment_wins_over_env_file_and_that_over_local_settings()
    {
        Write("local.settings.json", """{"IsEncrypted":false,"Values":{"A":"json","B":"json","C":"json","PORT":7072,"FLAG":true,"NONE":null}}""");
        Write(".env", "A=env-file\nB=env-file");
        var settings = Load(new() { ["A"] = "environment" });

        settings.Errors.ShouldBeEmpty();
        settings.Values["A"].ShouldBe("environment");
        settings.Values["B"].ShouldBe("env-file");
        settings.Values["C"].ShouldBe("json");
        settings.Values["PORT"].ShouldBe("7072");
        settings.Values["FLAG"].ShouldBe("true");
        settings.Values.ContainsKey("NONE").ShouldBeFalse();
        settings.Files.Count.ShouldBe(2);
        settings.ToString().ShouldNotContain("json\"");
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void A_blank_value_does_not_hide_that_of_a_file(string blank)
    {
        Write("local.settings.json", "{\"Values\":{\"A\":\"json\",\"B\":\"json\",\"C\":\"json\"}}");
        Write(".env", $"B='{blank}'\nC=env-file\nD=env-file");
        var settings = Load(new() { ["A"] = blank, ["C"] = blank, ["d"] = blank, ["E"] = blank });

        settings.Values.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key.ToUpperInvariant()}={setting.Value}")
            .ShouldBe(["A=json", "B=json", "C=env-file", "D=env-file", "E=" + blank]);
    }

    /// <summary>As Core Tools read it.</summary>
    [Theory]
    [InlineData("values")]
    [InlineData("VALUES")]
    public void The_name_of_the_values_is_read_without_regard_to_case(string name)
    {
        Write("local.settings.json", $$$"""{"isEncrypted":false,"{{{name}}}":{"A":"json"}}""");
        Load().Values["A"].ShouldBe("json");
        Write("local.settings.json", """{"isencrypted":true,"Values":{"A":"json"}}""");
        Load().Errors.ShouldHaveSingleItem().ShouldContain("is encrypted");
    }

    /// <summary>Core Tools share the file; its platform settings do not make a laptop count as Azure.</summary>
    [Fact]
    public void A_file_cannot_set_that_the_gateway_runs_in_azure()
    {
        Write("local.settings.json",
            """{"Values":{"FUNCTIONS_WORKER_RUNTIME":"dotnet-isolated","AzureWebJobsStorage":"UseDevelopmentStorage=true","WEBSITE_INSTANCE_ID":"1","API_KEY":"k"}}""");
        Load().Values.Keys.ToArray().ShouldBe(["API_KEY"]);
        Load(new() { ["WEBSITE_INSTANCE_ID"] = "1" }).Values.ContainsKey("WEBSITE_INSTANCE_ID").ShouldBeTrue();
    }

    [Theory]
    [InlineData("{\n\"Values\": {\n\"A\": \"sk-secret\"\n", "line 4: this is not valid JSON.")]
    [InlineData("", "line 1: this is not valid JSON.")]
    [InlineData("[]", "must be a JSON object.")]
    [InlineData("""{"Values":[]}""", "Values must be an object.")]
    [InlineData("""{"Values":{"A":{"B":"sk-secret"}}}""", "A in Values must be text.")]
    [InlineData("""{"Values":{"A":"\ud800"}}""", "a text in Values is not valid Unicode.")]
    [InlineData("""{"IsEncrypted":true,"Values":{"A":"sk-secret"}}""", "is encrypted. Decrypt it with 'func settings decrypt'.")]
    public void A_wrong_local_settings_file_is_named(string text, string problem)
    {
        Write("local.settings.json", text);
        var settings = Load();
        settings.Errors.Count.ShouldBe(1);
        settings.Errors[0].ShouldStartWith(Path.Combine(_root.FullName, "local.settings.json"));
        settings.Errors[0].ShouldEndWith(problem);
        settings.Errors[0].ShouldNotContain("sk-secret");
        settings.Values.ShouldBeEmpty();
    }

    [Fact]
    public void Comments_and_trailing_commas_in_local_settings_are_accepted()
    {
        Write("local.settings.json", "{ // ours\n\"Values\": { \"A\": \"1\", }, /* that is all */ }");
        Load().Values["A"].ShouldBe("1");
    }

    [Theory]
    [InlineData(".git")]
    [InlineData("Nano.slnx")]
    public void Files_are_searched_for_upward_to_the_root_of_the_repository(string marker)
    {
        Write(".env", "WHERE=above the repository");
        Write("repository/" + marker, "");
        Write("repository/src/.env", "WHERE=src");
        Write("repository/local.settings.json", """{"Values":{"JSON":"root"}}""");
        Write("repository/src/app/readme", "");
        Write("repository/tests/readme", "");

        var app = Load(folder: "repository/src/app");
        app.Values["WHERE"].ShouldBe("src");
        app.Values["JSON"].ShouldBe("root");

        var tests = Load(folder: "repository/tests");
        tests.Values.Keys.ToArray().ShouldBe(["JSON"]);
    }

    [Fact]
    public void Outside_of_a_repository_only_the_current_folder_counts()
    {
        Write(".env", "WHERE=above");
        Write("app/readme", "");
        Load(folder: "app").Values.ShouldBeEmpty();
        Load().Values["WHERE"].ShouldBe("above");
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private LocalSettings Load(Dictionary<string, string>? environment = null, string folder = "") =>
        LocalSettings.Load(Path.Combine(_root.FullName, folder), environment ?? []);
}
