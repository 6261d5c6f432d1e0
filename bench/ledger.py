"""The load and the check of bench/ledger.sh. Memory: some bytes for each request, however many there are."""
import asyncio, collections, datetime, glob, http.client, json, mmap, os, random, re, signal, socket, subprocess, sys, time

dll, store, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
seed = int(os.environ.get('SEED', random.randrange(1 << 30)))
WORKERS, ORGANIZATIONS = int(os.environ.get('WORKERS', 32)), int(os.environ.get('ORGANIZATIONS', 4))
KILL_SECONDS = float(os.environ.get('KILL_SECONDS', 4))
OWNER = 'the-owners-key-0123456789'
NANO = 1_000_000       # of 10^-9 USD per token of output: 1,000 USD per million
MAX_TOKENS = 4
ESTIMATE = NANO * MAX_TOKENS
BUDGET = 1_000_000     # USD
PROGRESS = 10_000
SPARE = 10_000          # requests after the load, which sweep leases
DIGITS = 9
SERVED, CUT, REFUSED = 1, 2, 3
chance = random.Random(seed)
received = mmap.mmap(-1, total + SPARE)    # shared with the provider's process: how often it got each request
outcomes = bytearray(total + SPARE)
refusals, kills, sent = collections.Counter(), 0, 0
processes, since = {}, {}                  # by port; since: when a process that serves began to


def used(number):
    """Tokens of output: they depend on the request, so that the usage of another one is a wrong cost."""
    return 1 + number % 3


def answer(tokens):
    content = json.dumps({'id': 'c', 'object': 'chat.completion', 'created': 1, 'model': 'm', 'usage': {'prompt_tokens': 10, 'completion_tokens': tokens, 'total_tokens': 10 + tokens},
                          'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': 'Hello'}, 'finish_reason': 'stop'}]}).encode()
    return b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n' % len(content) + content


class Provider(asyncio.Protocol):
    """An OpenAI API that counts the requests it has read completely."""
    ANSWERS = {tokens: answer(tokens) for tokens in range(1, 4)}
    LENGTH = re.compile(rb'content-length: *(\d+)', re.IGNORECASE)
    NUMBER = re.compile(rb'"user":"(\d+)"')

    def connection_made(self, transport):
        self.transport, self.data = transport, b''

    def data_received(self, data):
        self.data += data
        while (head := self.data.find(b'\r\n\r\n')) >= 0:
            end = head + 4 + int(self.LENGTH.search(self.data, 0, head).group(1))
            if len(self.data) < end: return
            number = int(self.NUMBER.search(self.data, head, end).group(1))
            received[number] += 1
            self.transport.write(self.ANSWERS[used(number)])
            self.data = self.data[end:]


async def provide(listener, parent):
    await asyncio.get_running_loop().create_server(Provider, sock=listener)
    while os.getppid() == parent: await asyncio.sleep(1)


def start_provider():
    """The id of the provider's process, and its port."""
    listener, parent = socket.socket(), os.getpid()
    listener.bind(('127.0.0.1', 0))
    child = os.fork()
    if child == 0:
        asyncio.run(provide(listener, parent))
        os._exit(0)
    port = listener.getsockname()[1]
    listener.close()
    return child, port


def free_ports(count):
    """Below the ports that connections get: those of a process that is down could not be bound again."""
    ports = []
    while len(ports) < count:
        port = random.randrange(15_000, 30_000)
        with socket.socket() as listener:
            try:
                listener.bind(('127.0.0.1', port))
                ports.append(port)
            except OSError:
                pass
    return ports


class Connection(asyncio.Protocol):
    """A connection that is kept alive and has one request at a time."""
    LENGTH = re.compile(rb'\r\ncontent-length: *(\d+)', re.IGNORECASE)

    def __init__(self):
        self.waiting, self.data, self.closed = None, b'', False

    def connection_made(self, transport):
        self.transport = transport

    def send(self, request):
        """The status and the body, once the response is complete. Raises ConnectionError if it never is."""
        self.data, self.waiting = b'', asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waiting

    def data_received(self, data):
        self.data += data
        head = self.data.find(b'\r\n\r\n')
        if head < 0: return
        length = self.LENGTH.search(self.data, 0, head + 2)
        if len(self.data) < head + 4 + int(length.group(1)) if length else not self.data.endswith(b'\r\n0\r\n\r\n'): return
        if not self.waiting.done(): self.waiting.set_result((int(self.data[9:12]), self.data[head + 4:]))

    def connection_lost(self, error):
        self.closed = True
        if self.waiting and not self.waiting.done(): self.waiting.set_exception(ConnectionResetError())


async def connect(port):
    return (await asyncio.get_running_loop().create_connection(Connection, '127.0.0.1', port))[1]


def start(port):
    processes[port] = subprocess.Popen(['dotnet', 'exec', dll], env={**settings, 'PORT': str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def serve(port):
    """Starts a process, and returns when it serves."""
    start(port)
    while True:
        try:
            connection = await connect(port)
            status, _ = await connection.send(b'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
            connection.transport.close()
            if status == 200: break
        except OSError:
            if processes[port].poll() is not None: start(port)
        await asyncio.sleep(0.05)
    since[port] = time.time()


async def kill():
    """Kills a process that has served for a second: one that starts has nothing to lose."""
    global kills
    starting = set()
    while True:
        await asyncio.sleep(chance.uniform(KILL_SECONDS / 4, KILL_SECONDS * 7 / 4))
        grown = [port for port in PORTS if port in since and time.time() - since[port] > 1]
        if not grown: continue
        port = chance.choice(grown)
        del since[port]
        processes[port].send_signal(signal.SIGKILL)
        await asyncio.to_thread(processes[port].wait)
        kills += 1
        starting.add(task := asyncio.create_task(serve(port)))
        task.add_done_callback(starting.discard)


def request(number):
    content = b'{"model":"soak/m","user":"%0*d","max_tokens":%d,"messages":[{"role":"user","content":"Hello to all of you"}]}' % (DIGITS, number, MAX_TOKENS)
    return b'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s' % (
        keys[number % ORGANIZATIONS], len(content), content)


def note(number, status, content):
    outcomes[number] = SERVED if status == 200 else REFUSED
    if status == 200: return
    try:
        refusals[json.loads(content)['error']['code']] += 1
    except ValueError:
        refusals[status] += 1


async def work(connections):
    global sent
    while sent < total:
        number, sent = sent, sent + 1
        if number and number % PROGRESS == 0: report()
        while True:
            try:
                port = chance.choice(list(since))
                if port not in connections or connections[port].closed: connections[port] = await connect(port)
                break
            except (OSError, IndexError):
                await asyncio.sleep(0.05)    # the process has just been killed, or all of them: nothing was sent
        try:
            note(number, *await connections[port].send(request(number)))
        except ConnectionError:
            outcomes[number] = CUT


def report():
    global reported
    now = time.time()
    print(f'{sent:>9,} requests, {now - began:7.1f} s, {PROGRESS / (now - reported):6.0f} /s, {kills} kills, {outcomes.count(CUT)} cut off, refused {dict(refusals)}', flush=True)
    reported = now


async def load():
    await asyncio.gather(*map(serve, PORTS))
    for organization in range(ORGANIZATIONS):
        limits = {'organization': f'soak{organization}', 'budgets': [{'usd': BUDGET, 'window': 'total'}]}
        keys.append((await asyncio.to_thread(patiently, 'POST', '/api/keys', limits))['key'].encode())
    global began, reported
    began = reported = time.time()
    killer = asyncio.create_task(kill())
    await asyncio.gather(*(work({}) for _ in range(WORKERS)))
    killer.cancel()
    while len(since) < len(PORTS): await asyncio.sleep(0.1)


def call(port, method, path, body=None, key=OWNER):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body), {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def patiently(method, path, body=None):
    """The response of a store that may be busy."""
    for _ in range(60):
        status, content = call(PORTS[0], method, path, body)
        if status < 500: return json.loads(content)
        time.sleep(1)
    sys.exit(f'{method} {path}: {status} {content}')


def budgets():
    """What is spent and reserved, in nano-USD, from the counters that refuse requests."""
    found = patiently('GET', '/api/budgets')['data']
    return (sum(round(budget[name] * 1e9) for budget in found) for name in ('spent_usd', 'reserved_usd'))


def wait_for_leases():
    """Waits until the leases of killed processes have ended and were swept: a reservation sweeps some of its organization at a time."""
    global sent
    deadline = time.time() + 900
    while True:
        for port in PORTS:
            for _ in range(ORGANIZATIONS):
                number, sent = sent, sent + 1
                head, content = request(number).split(b'\r\n\r\n', 1)
                note(number, *call(port, 'POST', '/v1/chat/completions', content, keys[number % ORGANIZATIONS].decode()))
        spent, reserved = budgets()
        if not reserved or time.time() > deadline: return spent, reserved
        time.sleep(6)


class Rows:
    """Counts of the ledger's rows, and for each request its charges."""

    def __init__(self):
        self.charges, self.presumed, self.states = bytearray(total + SPARE), bytearray(total + SPARE), collections.Counter()
        self.nano, self.allotments, self.wrong, self.examples = 0, 0, 0, []

    def take(self, row):
        nano = round(row['cost_usd'] * 1e9)
        self.nano += nano
        # The final charge of a killed process's allotment covers requests of its last second, which have no rows.
        if row['model'] == '':
            self.allotments += nano
            return
        number, state = int(row['end_user']), row['state']
        self.states[state] += 1
        if nano: self.charges[number] += 1
        if row['presumed']: self.presumed[number] = 1
        expected = 0 if state in ('open', 'released') else ESTIMATE if row['presumed'] else used(number) * NANO
        if nano != expected or row['organization'] != f'soak{number % ORGANIZATIONS}':
            self.wrong += 1
            if len(self.examples) < 3: self.examples.append(row)


def export():
    """The ledger, line by line. An export that breaks off is read again."""
    first = datetime.datetime.fromtimestamp(began, datetime.timezone.utc) - datetime.timedelta(hours=1)
    while True:
        rows = Rows()
        connection = http.client.HTTPConnection('127.0.0.1', PORTS[0], timeout=600)
        try:
            connection.request('GET', f'/api/usage/export?from={first:%Y-%m-%dT%H:%M:%SZ}', headers={'Authorization': 'Bearer ' + OWNER})
            response = connection.getresponse()
            if response.status == 200:
                for line in response: rows.take(json.loads(line))
                return rows
            if response.status != 503: sys.exit(f'export: {response.status} {response.read()}')
        except (OSError, http.client.HTTPException, ValueError) as error:
            print(f'the export broke off: {error!r}', flush=True)
        finally:
            connection.close()
        time.sleep(2)


def size_of_store():
    """MiB: of the files of SQLite, or of the memory of the server's process."""
    if store.startswith('sqlite:'): return f'{sum(map(os.path.getsize, glob.glob(store.removeprefix("sqlite:") + "*"))) / 2 ** 20:.0f} MiB of files'
    if pid := os.environ.get('STORE_PID'):
        with open(f'/proc/{pid}/status') as file: return f'{int(next(line for line in file if line.startswith("VmRSS")).split()[1]) / 1024:.0f} MiB of memory'
    return 'not known'


def check(rows, spent, reserved, took):
    lost = doubled = missing = missing_nano = unsent = twice = late = 0
    for number in range(sent):
        got, charges = received[number], rows.charges[number]
        twice += max(0, got - 1)
        doubled += max(0, charges - 1)
        # Reserved and charged as presumed, but not sent to the provider before the process was killed. A settlement must have a response.
        if charges and not got: unsent, doubled = unsent + rows.presumed[number], doubled + (not rows.presumed[number])
        if got and not charges: missing, missing_nano = missing + 1, missing_nano + used(number) * NANO
        if outcomes[number] == SERVED: late += rows.presumed[number]
    if missing_nano > rows.allotments: lost = missing
    drift = spent - rows.nano
    served, cut = outcomes.count(SERVED), outcomes.count(CUT)
    charged = sum(1 for number in range(sent) if rows.charges[number] and outcomes[number] == CUT)
    print(f'callers: {served} served, {cut} cut off, {outcomes.count(REFUSED)} refused {dict(refusals)}; provider: {sum(map(bool, received[:]))} requests')
    print(f'ledger: {dict(rows.states)}; {late} of the served presumed; {charged} of those cut off charged, {unsent} presumed that the provider did not get')
    if rows.allotments or missing: print(f'{missing} of the provider\'s requests have no charge of their own; allotments of killed processes were charged {rows.allotments / 1e9:.3f} USD')
    for row in rows.examples: print(f'wrong: {row}')
    print(f'store: {size_of_store()}; CPU of the callers\' process {time.process_time():.0f} s')
    print(f'seed {seed}, {total} requests in {took:.0f} s, {kills} kills: lost {lost}, doubled {doubled}, wrong cost {rows.wrong}, sent twice {twice}, '
          f'counters and rows differ by {drift / 1e9:.9f} USD, reserved {reserved / 1e9:.3f} USD', flush=True)
    return bool(lost or doubled or rows.wrong or twice or drift or reserved)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
provider, provider_port = start_provider()
settings = {**os.environ, 'API_KEY': OWNER, 'STATE_STORE': store, 'STATE_TIMEOUT_MILLISECONDS': '20000', 'Logging__LogLevel__Default': 'None', 'NANO_CONFIG': json.dumps({
    'providers': {'soak': {'type': 'openai-compatible', 'base_url': f'http://127.0.0.1:{provider_port}/v1'}}, 'prices': {'soak/m': {'input': 0, 'output': NANO / 1000}}})}
PORTS, keys = free_ports(4), []
try:
    print(f'seed {seed}, {WORKERS} callers, {ORGANIZATIONS} organizations', flush=True)
    asyncio.run(load())
    took = time.time() - began
    print(f'{total} requests in {took:.0f} s ({total / took:.0f} /s), {kills} kills; waiting for leases', flush=True)
    spent, reserved = wait_for_leases()
    failed = check(export(), spent, reserved, took)
finally:
    for process in processes.values(): process.kill()
    os.kill(provider, signal.SIGKILL)
sys.exit(failed)
