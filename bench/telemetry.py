"""The comparison of bench/telemetry.sh."""
import os, sys
from load import CHUNKS, STREAM, WHOLE, Gateway, listen, report, requests

dll = sys.argv[1]
ROUNDS, REQUESTS = int(os.environ.get('ROUNDS', 8)), int(os.environ.get('REQUESTS', 1500))


def collect(connection):
    """A collector that accepts everything."""
    for _ in requests(connection):
        connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n')


ways = {
    'traces and metrics': {'OTEL_LOGS_EXPORTER': 'none'},
    'traces, metrics and log entries': {'Logging__LogLevel__Default': 'Information', 'Logging__Console__LogLevel__Default': 'None'},
}
# Two identical ones, to measure the machine's own variation.
gateways = {'nothing': Gateway(dll), 'nothing again': Gateway(dll),
            **{name: Gateway(dll, OTEL_EXPORTER_OTLP_ENDPOINT=f'http://127.0.0.1:{listen(collect)}', OTEL_EXPORTER_OTLP_PROTOCOL='http/protobuf', **more) for name, more in ways.items()}}
try:
    for gateway in gateways.values(): gateway.wait()
    for what, body, count in (('a whole response', WHOLE, REQUESTS), (f'a stream of {CHUNKS} chunks', STREAM, REQUESTS // 4)):
        samples = {name: [] for name in gateways}
        for turn in range(-3, ROUNDS):
            for name, gateway in gateways.items():
                sample = gateway.load(count, body=body)
                if turn >= 0: samples[name].append(sample)
        for name in list(gateways)[1:]: report(f'{what}, {name}', samples['nothing'], samples[name])
finally:
    for gateway in gateways.values(): gateway.end()
