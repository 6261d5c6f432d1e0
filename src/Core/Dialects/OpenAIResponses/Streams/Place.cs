using Nano.Json;

namespace Nano.Dialects.OpenAIResponses.Streams;

/// <summary>Where an event belongs, as far as the event says it.</summary>
/// <param name="ItemId">Absent where the event has none.</param>
/// <param name="Index">The item's place (<c>output_index</c>); -1 where the event has none.</param>
/// <param name="Part">The place of the part in its item (<c>content_index</c>, <c>summary_index</c>); 0 where the event has none.</param>
internal readonly record struct Place(JsonText ItemId, int Index, int Part);
