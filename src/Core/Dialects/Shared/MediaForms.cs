namespace Nano.Dialects.Shared;

/// <summary>How a provider of Chat takes documents.</summary>
internal enum DocumentForm
{
    /// <summary>OpenAI's <c>file</c> part, which the models that see images or files read.</summary>
    File,
    /// <summary>The same part; the provider reads the document for any model.</summary>
    FileForAnyModel,
    /// <summary><c>{"type":"document_url","document_url":...,"document_name":...}</c>, for any model.</summary>
    DocumentUrl,
    /// <summary><c>{"type":"file_url","file_url":{"url":...}}</c>, with an address or with base64 alone, for any model.</summary>
    FileUrl,
    /// <summary>None: such a part is refused.</summary>
    None,
}

/// <summary>The media that a model takes.</summary>
/// <param name="Input">The catalogue's kinds of input; null if they are unknown, and everything is sent.</param>
internal readonly record struct MediaForms(IReadOnlyList<string>? Input, DocumentForm Documents = DocumentForm.File)
{
    public bool TakesImages => Takes("image");

    public bool TakesAudio => Takes("audio");

    /// <summary>Models that see images also get the pages of a file as images, although the catalogue's sources do not list files for all of them.</summary>
    public bool TakesDocuments => Documents switch
    {
        DocumentForm.None => false,
        DocumentForm.File => Takes("pdf") || TakesImages,
        _ => true,
    };

    private bool Takes(string kind) => Input is null || Input.Contains(kind);
}
