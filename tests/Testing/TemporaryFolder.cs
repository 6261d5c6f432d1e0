using System.Diagnostics;

namespace Nano.Testing;

/// <summary>A folder of a test's own. Processes that write into it end before it is disposed.</summary>
public sealed class TemporaryFolder(string prefix) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory(prefix);

    public string FullName => _folder.FullName;

    public FileInfo[] GetFiles() => _folder.GetFiles();

    /// <summary>
    /// Deletes it. A process that has just ended or a virus scanner may hold a file a moment longer, and a file that is created during a deletion fails it:
    /// both pass. What cannot be deleted is left to the system, which clears its temporary files: it says nothing about the code under test.
    /// </summary>
    public void Dispose()
    {
        var started = Stopwatch.GetTimestamp();
        while (Directory.Exists(FullName))
        {
            try
            {
                Directory.Delete(FullName, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (Stopwatch.GetElapsedTime(started) > Patience) return;
                Thread.Sleep(20);
            }
        }
    }
}
