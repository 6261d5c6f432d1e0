"""A provider, a LocalHost and callers in a closed loop, for the scripts that compare the CPU of LocalHost's process: policies.py, telemetry.py, keys.py."""
import http.client, json, os, socket, statistics, subprocess, tempfile, threading, time

OWNER = 'the-owners-key-0123456789'
CALLERS = int(os.environ.get('CALLERS', 4))
CHUNKS = 200
ANSWER = json.dumps({'id': 'c', 'object': 'chat.completion', 'created': 1, 'model': 'gpt-4o', 'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': 'Hello. ' * 40}, 'finish_reason': 'stop'}],
                     'usage': {'prompt_tokens': 100, 'completion_tokens': 80, 'total_tokens': 180}}).encode()
RESPONSE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n' % len(ANSWER) + ANSWER
QUESTION = {'model': 'openai/gpt-4o', 'max_tokens': 100, 'messages': [{'role': 'user', 'content': 'Say hello to the world. ' * 20}]}
WHOLE, STREAM = json.dumps(QUESTION), json.dumps({**QUESTION, 'stream': True})


def chunk(delta, finish=None, usage=None):
    return b'data: ' + json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'gpt-4o', 'choices': [] if usage else [{'index': 0, 'delta': delta, 'finish_reason': finish}], 'usage': usage}).encode() + b'\n\n'


EVENTS = chunk({'role': 'assistant', 'content': ''}) + b''.join(chunk({'content': 'word '}) for _ in range(CHUNKS)) + chunk({}, 'stop') + chunk(None, usage={'prompt_tokens': 100, 'completion_tokens': CHUNKS, 'total_tokens': 100 + CHUNKS}) + b'data: [DONE]\n\n'
STREAMED = b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n' % len(EVENTS) + EVENTS


def requests(connection):
    """The bodies of the requests on a connection, until it is closed."""
    data = b''
    while True:
        while b'\r\n\r\n' not in data:
            more = connection.recv(65536)
            if not more: return
            data += more
        head, data = data.split(b'\r\n\r\n', 1)
        length = next((int(line.split(b':')[1]) for line in head.lower().split(b'\r\n') if line.startswith(b'content-length:')), 0)
        while len(data) < length: data += connection.recv(65536)
        yield data[:length]
        data = data[length:]


def serve(connection):
    """A provider that returns the same bytes for every request, whole or as a stream."""
    for body in requests(connection): connection.sendall(STREAMED if b'"stream": true' in body else RESPONSE)


def bound():
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    return listener


def listen(handle):
    """The port of a server that handles each connection on its own thread."""
    listener = bound()
    listener.listen(128)

    def accept():
        while True: threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


class Gateway:
    """A LocalHost whose provider openai is the one above. Allocations are measured with a hook, the assembly of bench/Pairs (StartupHook.cs)."""

    def __init__(self, dll, hook=None, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix='nano-load-')
        self.counters = hook and os.path.join(self.folder.name, 'counters')
        if hook: settings = {'DOTNET_STARTUP_HOOKS': os.path.abspath(hook), 'COUNTERS': self.counters, **settings}
        free = bound()
        self.port = free.getsockname()[1]
        free.close()
        self.process = subprocess.Popen(['dotnet', 'exec', dll], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={
            **os.environ, 'API_KEY': OWNER, 'PORT': str(self.port), 'Logging__LogLevel__Default': 'None', 'OPENAI_API_KEY': 'key', 'OPENAI_BASE_URL': f'http://127.0.0.1:{listen(serve)}/v1', **settings})

    def connect(self):
        return http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)

    def call(self, connection, method, path, body, key=OWNER):
        connection.request(method, path, body, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
        response = connection.getresponse()
        return response.status, response.read()

    def wait(self):
        while True:
            try:
                return self.call(self.connect(), 'GET', '/healthz', None)
            except OSError:
                time.sleep(0.2)

    def key(self, **limits):
        """A virtual key."""
        while True:
            status, created = self.call(self.connect(), 'POST', '/api/keys', json.dumps(limits))
            if status == 201: return json.loads(created)['key']
            print(status, created, flush=True)
            time.sleep(1)

    def load(self, count, key=OWNER, body=WHOLE, settle=0):
        """Sends requests in a closed loop; returns the CPU time of the gateway per request and the median latency, in microseconds, and the bytes that the gateway
        allocated per request. What it does in the seconds of `settle` after the last response belongs to the requests."""
        times = []

        def run():
            connection = self.connect()
            for _ in range(count // CALLERS):
                began = time.perf_counter()
                status, answer = self.call(connection, 'POST', '/v1/chat/completions', body, key)
                if status != 200: print(status, answer[:300], flush=True)
                times.append(time.perf_counter() - began)

        allocated, before = self.allocated(), self.cpu()
        threads = [threading.Thread(target=run) for _ in range(CALLERS)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        if settle: time.sleep(settle)
        # Fewer than `count` if the callers cannot share it evenly.
        return (self.cpu() - before) / len(times) * 1e6, statistics.median(times) * 1e6, (self.allocated() - allocated) / len(times)

    def first(self, count, key=OWNER):
        """Sends streamed requests, one after the other; returns the times until the first byte of the body, in microseconds."""
        connection, times = self.connect(), []
        for _ in range(count):
            began = time.perf_counter()
            connection.request('POST', '/v1/chat/completions', STREAM, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
            response = connection.getresponse()
            begin = response.read(1)
            times.append((time.perf_counter() - began) * 1e6)
            rest = response.read()
            if response.status != 200: print(response.status, (begin + rest)[:300], flush=True)
        return times

    def cpu(self):
        """Seconds, of all threads: the kernel's clock of another process, which is finer than the ticks of /proc."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def allocated(self):
        """Bytes since the start, 0 without the hook."""
        if not self.counters: return 0
        with socket.socket(socket.AF_UNIX) as counters:
            counters.connect(self.counters)
            return int(counters.recv(32))

    def resident(self):
        """MiB."""
        return int(next(line for line in open(f'/proc/{self.process.pid}/status') if line.startswith('VmRSS')).split()[1]) / 1024

    def end(self):
        self.process.kill()
        self.process.wait()


def low_and_middle(times):
    """The lower decile and the median."""
    return statistics.quantiles(times, n=10)[0], statistics.median(times)


def report(name, one, other):
    """Compares the samples of two loads, as returned by load()."""
    low = [min(sample[0] for sample in samples) for samples in (one, other)]
    middle = [median(samples, 0) for samples in (one, other)]
    late = [median(samples, 1) for samples in (one, other)]
    print(f'{name}: CPU {low[0]:.0f} and {low[1]:.0f} us lowest ({low[1] / low[0]:.2f}), {middle[0]:.0f} and {middle[1]:.0f} median ({middle[1] / middle[0]:.2f}), '
          f'of neighbours {neighbours(one, other):.2f}; latency {late[0]:.0f} and {late[1]:.0f} us', flush=True)


def median(samples, member):
    return statistics.median(sample[member] for sample in samples)


def neighbours(one, other):
    """The median of the rounds' ratios of CPU time."""
    return statistics.median(b[0] / a[0] for a, b in zip(one, other))
