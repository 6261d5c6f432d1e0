using Nano.Json;
using Nano.Pipeline;
using Nano.Providers.Catalogue;

namespace Nano.Inbound;

/// <summary>A route family that accepts one dialect from callers. One class per API; stateless.</summary>
internal interface IInboundApi : ICallerFormat
{
    /// <summary>The list of models as the API's clients read it.</summary>
    void WriteModels(IReadOnlyList<ModelInfo> models, DateTimeOffset now, JsonOutput output);

    /// <summary>One model as the API's clients read it.</summary>
    void WriteModel(ModelInfo model, DateTimeOffset now, JsonOutput output);
}
