using System.Diagnostics;

namespace Nano.Testing;

/// <summary>A folder of one test or fixture. End the processes and engines that write into it before it is disposed.</summary>
public sealed class TemporaryFolder(string prefix) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory(prefix);

    public string FullName => _folder.FullName;

    public FileInfo[] GetFiles() => _folder.GetFiles();

    /// <summary>
    /// Deletes it. A process that has just ended or a virus scanner may keep a file open a moment longer, and a file that is created during a deletion fails the
    /// deletion: both are temporary, so it is tried again. Anything that cannot be deleted is left to the system, which clears its temporary files.
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
