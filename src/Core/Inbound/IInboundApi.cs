using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>A route family that accepts one dialect from callers. One class per API; stateless.</summary>
internal interface IInboundApi : ICallerFormat
{
    /// <summary>The list of models in the format of the API's clients.</summary>
    void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output);

    /// <summary>One model in the format of the API's clients.</summary>
    void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output);
}
