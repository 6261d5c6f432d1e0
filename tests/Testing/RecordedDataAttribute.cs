using System.Reflection;
using Xunit.Sdk;

namespace Nano.Testing;

/// <summary>
/// The rows of a theory over recordings, from a member of the test class. xUnit fails a theory without rows, so if
/// there are no recordings the theory gets one row of empty values, which <see cref="WireCorpus.Require"/> skips.
/// If there are recordings, a theory without rows still fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
[DataDiscoverer("Xunit.Sdk.MemberDataDiscoverer", "xunit.core")]
public sealed class RecordedDataAttribute(string memberName) : MemberDataAttributeBase(memberName, [])
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        var rows = base.GetData(testMethod).ToList();
        return rows.Count > 0 || WireCorpus.IsPresent ? rows : [[.. testMethod.GetParameters().Select(p => Empty(p.ParameterType))]];
    }

    protected override object[] ConvertDataItem(MethodInfo testMethod, object item) =>
        item as object[] ?? throw new ArgumentException($"{MemberName} of {MemberType ?? testMethod.DeclaringType} returns a row that is not an object[].");

    private static object Empty(Type type) => type == typeof(string) ? "no recordings" : Activator.CreateInstance(type)!;
}
