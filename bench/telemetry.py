"""The comparison of bench/telemetry.sh."""
import os, sys
from load import CHUNKS, STREAM, WHOLE, Gateway, listen, median, neighbours, requests

dll, hook = sys.argv[1:3]
ROUNDS, REQUESTS, WARM = (int(os.environ.get(name, usual)) for name, usual in (('ROUNDS', 8), ('REQUESTS', 1500), ('WARM', 12000)))
SETTLE = 0.5  # Seconds, longer than the exporter keeps the last items.


def collect(connection):
    """A collector that accepts everything."""
    for _ in requests(connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n')


def export(**more):
    return {'OTEL_EXPORTER_OTLP_ENDPOINT': f'http://127.0.0.1:{listen(collect)}', 'OTEL_EXPORTER_OTLP_PROTOCOL': 'http/protobuf',
            # The last items of a load are sent before its CPU time is read.
            'OTEL_BSP_SCHEDULE_DELAY': '200', 'OTEL_BLRP_SCHEDULE_DELAY': '200', **more}


def measure(gateway):
    """A sample of each kind; a chunk is what a stream takes more than a whole response, and has no latency of its own."""
    whole = gateway.load(REQUESTS, settle=SETTLE)
    stream = gateway.load(REQUESTS // 4, body=STREAM, settle=SETTLE)
    cpu, allocated = ((stream[member] - whole[member]) / CHUNKS for member in (0, 2))
    return {'a whole response': whole, f'a stream of {CHUNKS} chunks': stream, 'a chunk': (cpu, None, allocated)}


def compare(name, one, other):
    def both(member, form):
        first, second = median(one, member), median(other, member)
        # Nothing over nothing has no ratio.
        return f'{first:{form}} and {second:{form}}' + (f' ({second / first:.3f})' if first else '')

    latency = '' if one[0][1] is None else f'; latency {both(1, ".1f")} us'
    print(f'{name}: CPU {both(0, ".2f")} us, of neighbours {neighbours(one, other):.3f}; {both(2, ".1f")} bytes allocated{latency}', flush=True)


ways = {
    'traces and metrics': export(OTEL_LOGS_EXPORTER='none'),
    'traces, metrics and log entries': export(Logging__LogLevel__Default='Information', Logging__Console__LogLevel__Default='None'),
}
# Two identical ones, to measure the machine's own variation.
gateways = {'nothing': Gateway(dll, hook), 'nothing again': Gateway(dll, hook), **{name: Gateway(dll, hook, **settings) for name, settings in ways.items()}}
try:
    for gateway in gateways.values(): gateway.wait()
    # LocalHost optimizes a method after 5,000 calls: rounds before that compare unoptimized code.
    for gateway in gateways.values():
        gateway.load(WARM)
        gateway.load(WARM // 8, body=STREAM)
    samples = {name: [] for name in gateways}
    for turn in range(ROUNDS):
        # Each is as often early as late.
        for name in list(gateways)[::-1 if turn % 2 else 1]: samples[name].append(measure(gateways[name]))
    for what in samples['nothing'][0]:
        for name in list(gateways)[1:]: compare(f'{what}, {name}', *([sample[what] for sample in samples[of]] for of in ('nothing', name)))
finally:
    for gateway in gateways.values(): gateway.end()
