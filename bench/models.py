"""The load of bench/models.sh."""
import statistics, sys, time
from load import Gateway, OWNER

COUNT = 500
FORMS = {
    'OpenAI': ('/v1/models', {'Authorization': 'Bearer ' + OWNER}),
    'Anthropic': ('/v1/models?limit=1000', {'x-api-key': OWNER, 'anthropic-version': '2023-06-01'}),
    'Gemini': ('/v1beta/models', {'x-goog-api-key': OWNER}),
    'Codex': ('/v1/models?client_version=1', {'Authorization': 'Bearer ' + OWNER}),
}
gateway = Gateway(sys.argv[1])


def ask(connection, path, headers):
    """The milliseconds until the whole list has arrived, and its size in bytes."""
    began = time.perf_counter()
    connection.request('GET', path, headers=headers)
    response = connection.getresponse()
    size = len(response.read())
    if response.status != 200: raise SystemExit(f'{path}: {response.status}')
    return (time.perf_counter() - began) * 1000, size


try:
    gateway.wait()
    connection = gateway.connect()
    for name, (path, headers) in FORMS.items():
        # The first list asks the providers.
        first, size = ask(connection, path, headers)
        times = sorted(ask(connection, path, headers)[0] for _ in range(COUNT))
        print(f'{name}: {size} bytes, first {first:.1f} ms, then median {statistics.median(times):.2f} ms, p99 {times[COUNT * 99 // 100]:.2f} ms', flush=True)
finally:
    gateway.end()
