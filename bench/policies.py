"""The load and the clock of bench/policies.sh."""
import http.client, json, os, socket, statistics, subprocess, sys, threading, time

dll, store, name, hot = sys.argv[1:5]
OWNER = 'the-owners-key-0123456789'
ROUNDS, REQUESTS, CALLERS = int(os.environ.get('ROUNDS', 8)), int(os.environ.get('REQUESTS', 1500)), 4
ANSWER = json.dumps({'id': 'c', 'object': 'chat.completion', 'created': 1, 'model': 'gpt-4o', 'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': 'Hello. ' * 40}, 'finish_reason': 'stop'}],
                     'usage': {'prompt_tokens': 100, 'completion_tokens': 80, 'total_tokens': 180}}).encode()
RESPONSE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n' % len(ANSWER) + ANSWER
BODY = json.dumps({'model': 'openai/gpt-4o', 'max_tokens': 100, 'messages': [{'role': 'user', 'content': 'Say hello to the world. ' * 20}]})


def serve(connection):
    """A provider that answers every request with the same bytes."""
    data = b''
    while True:
        while b'\r\n\r\n' not in data:
            more = connection.recv(65536)
            if not more: return
            data += more
        head, data = data.split(b'\r\n\r\n', 1)
        length = next((int(line.split(b':')[1]) for line in head.lower().split(b'\r\n') if line.startswith(b'content-length:')), 0)
        while len(data) < length: data += connection.recv(65536)
        data = data[length:]
        connection.sendall(RESPONSE)


def listen(listener):
    while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def bound():
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    return listener


provider = bound()
provider.listen(128)
threading.Thread(target=listen, args=(provider,), daemon=True).start()
free = bound()
port = free.getsockname()[1]
free.close()
gateway = subprocess.Popen(['dotnet', 'exec', dll], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={
    **os.environ, 'API_KEY': OWNER, 'PORT': str(port), 'STATE_STORE': store, 'STATE_TIMEOUT_MILLISECONDS': '10000', 'HOT_REQUESTS_PER_SECOND': hot, 'Logging__LogLevel__Default': 'None',
    'OPENAI_API_KEY': 'key', 'OPENAI_BASE_URL': f'http://127.0.0.1:{provider.getsockname()[1]}/v1'})


def call(connection, method, path, body, key):
    connection.request(method, path, body, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
    response = connection.getresponse()
    return response.status, response.read()


def load(key, count):
    """Sends requests in a closed loop; returns the CPU time of the gateway and the median latency, in microseconds."""
    times = []

    def run():
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        for _ in range(count // CALLERS):
            began = time.perf_counter()
            status, answer = call(connection, 'POST', '/v1/chat/completions', BODY, key)
            if status != 200: print(status, answer[:300], flush=True)
            times.append(time.perf_counter() - began)

    before = cpu()
    threads = [threading.Thread(target=run) for _ in range(CALLERS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return (cpu() - before) / count * 1e6, statistics.median(times) * 1e6


def cpu():
    fields = open(f'/proc/{gateway.pid}/stat').read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


try:
    while True:
        try:
            connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
            status, created = call(connection, 'POST', '/api/keys', json.dumps({'organization': 'bench', 'budgets': [{'usd': 100000, 'window': 'month'}], 'requests_per_minute': 10_000_000, 'tokens_per_minute': 1_000_000_000}), OWNER)
            if status == 201: break
            print(status, created)
            time.sleep(1)
        except OSError:
            time.sleep(0.2)
    key = json.loads(created)['key']
    for _ in range(3): load(OWNER, REQUESTS); load(key, REQUESTS)      # until the code is compiled
    without, under = [], []
    for _ in range(ROUNDS):
        without.append(load(OWNER, REQUESTS))
        under.append(load(key, REQUESTS))
    low = [min(sample[0] for sample in samples) for samples in (without, under)]
    middle = [statistics.median(sample[0] for sample in samples) for samples in (without, under)]
    late = [statistics.median(sample[1] for sample in samples) for samples in (without, under)]
    print(f'{name}: CPU {low[0]:.0f} and {low[1]:.0f} us lowest ({low[1] / low[0]:.2f}), {middle[0]:.0f} and {middle[1]:.0f} median ({middle[1] / middle[0]:.2f}); latency {late[0]:.0f} and {late[1]:.0f} us', flush=True)
finally:
    gateway.kill()
