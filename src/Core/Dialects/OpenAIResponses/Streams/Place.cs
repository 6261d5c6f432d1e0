using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>The item and part of an event, as far as the event contains them.</summary>
/// <param name="ItemId">Absent if the event has none.</param>
/// <param name="Index">The item's index (<c>output_index</c>); -1 if the event has none.</param>
/// <param name="Part">The index of the part in its item (<c>content_index</c>, <c>summary_index</c>); 0 if the event has none.</param>
internal readonly record struct Place(JsonText ItemId, int Index, int Part);
