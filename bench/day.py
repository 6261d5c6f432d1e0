"""The providers, callers and events of bench/day.sh, and the comparison at the end."""
import collections, glob, http.client, json, os, random, re, signal, socket, subprocess, sys, threading, time

dll, folder, store = os.path.abspath(sys.argv[1]), os.environ['FOLDER'], os.environ['STORE']
store_pid, vault_pid = int(os.environ['STORE_PID'] or 0), int(os.environ['VAULT_PID'] or 0)
LENGTH = float(os.environ['MINUTES']) * 60
seed = int(os.environ.get('SEED', random.randrange(1 << 30)))
chance = random.Random(seed)
OWNER = 'the-owners-key-0123456789'
CALLERS, INSTANCES, CACHED_PROMPTS, MAX_TOKENS = 8, 4, 25, 100
PRICE_IN, PRICE_OUT = 10_000, 20_000  # of 10^-9 USD per token: 10 and 20 USD per million
FAKETIME = next(iter(glob.glob('/usr/lib/*/faketime/libfaketime.so.1')), None)
lock, over = threading.Lock(), threading.Event()


def tokens(number):
    return 100 + number % 50, 10 + number % 40


def cost(number):
    asked, answered = tokens(number)
    return asked * PRICE_IN + answered * PRICE_OUT


def say(text):
    print(f'{time.time() - began:7.1f} s  {text}', flush=True)


class Provider:
    """An OpenAI API whose usage depends on the number in the prompt only; counts the responses that it has sent completely."""

    def __init__(self, name):
        self.name, self.mode, self.keys = name, 'well', {'key-1'}
        self.complete, self.begun, self.refused = collections.Counter(), collections.Counter(), collections.Counter()
        listener = socket.socket()
        listener.bind(('127.0.0.1', 0))
        listener.listen(256)
        self.port = listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True: threading.Thread(target=self.serve, args=(listener.accept()[0],), daemon=True).start()

    def serve(self, connection):
        data = b''
        try:
            while True:
                while b'\r\n\r\n' not in data:
                    more = connection.recv(65536)
                    if not more: return
                    data += more
                head, data = data.split(b'\r\n\r\n', 1)
                headers = dict(line.lower().split(b': ', 1) for line in head.split(b'\r\n')[1:])
                while len(data) < int(headers.get(b'content-length', 0)): data += connection.recv(65536)
                body, data = data[:int(headers[b'content-length'])], data[int(headers[b'content-length']):]
                key = headers.get(b'authorization', b'').decode().removeprefix('bearer ')
                if not self.answer(connection, json.loads(body), key): return
        except OSError:
            pass
        finally:
            connection.close()

    def answer(self, connection, body, key):
        """False if the connection is to be closed."""
        mode = self.mode
        if mode == 'reset': return False
        if mode == 'down': return self.refuse(connection, '503 Service Unavailable', 'overloaded', mode)
        if mode == 'limit': return self.refuse(connection, '429 Too Many Requests', 'rate_limit_exceeded', mode, 'retry-after: 3\r\n')
        if key not in self.keys: return self.refuse(connection, '401 Unauthorized', 'invalid_api_key', 'key')
        number = int(re.search(r'number (\d+)', json.dumps(body['messages'])).group(1))
        asked, answered = tokens(number)
        usage = {'prompt_tokens': asked, 'completion_tokens': answered, 'total_tokens': asked + answered}
        self.count(self.begun, number)
        if body.get('stream'):
            connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
            self.piece(connection, body, {'role': 'assistant', 'content': ''})
            for word in range(answered):
                self.piece(connection, body, {'content': f'word{word} '})
                if word % 10 == 9: time.sleep(0.01)
            self.piece(connection, body, {}, 'stop')
            self.piece(connection, body, usage=usage)
            self.chunk(connection, b'data: [DONE]\n\n')
            connection.sendall(b'0\r\n\r\n')
        else:
            time.sleep(0.02)
            content = json.dumps({'id': f'chatcmpl-{number}', 'object': 'chat.completion', 'created': 1, 'model': body['model'], 'usage': usage,
                                  'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': 'word ' * answered}, 'finish_reason': 'stop'}]}).encode()
            connection.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n' % len(content) + content)
        self.count(self.complete, number)
        return True

    def count(self, counter, number):
        with lock: counter[number] += 1

    def refuse(self, connection, status, code, mode, header=''):
        self.count(self.refused, mode)
        content = json.dumps({'error': {'message': code, 'type': code, 'code': code}}).encode()
        connection.sendall(f'HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{header}content-length: {len(content)}\r\n\r\n'.encode() + content)
        return True

    def piece(self, connection, body, delta=None, finish=None, usage=None):
        choices = [] if usage else [{'index': 0, 'delta': delta, 'finish_reason': finish}]
        self.chunk(connection, b'data: ' + json.dumps({'id': 'chatcmpl-s', 'object': 'chat.completion.chunk', 'created': 1, 'model': body['model'], 'choices': choices, 'usage': usage}).encode() + b'\n\n')

    @staticmethod
    def chunk(connection, data):
        connection.sendall(b'%x\r\n' % len(data) + data + b'\r\n')


class Instance:
    """A LocalHost process that is restarted; its log and its last metrics are kept."""

    def __init__(self, index, settings):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        self.index, self.open, self.in_rotation, self.starts, self.metrics, self.settings = index, 0, False, 0, collections.Counter(), {**settings, 'PORT': str(self.port)}
        self.clock = f'{folder}/clock.{index}'
        self.step(0)
        if FAKETIME:
            self.settings |= {'LD_PRELOAD': FAKETIME, 'FAKETIME_TIMESTAMP_FILE': self.clock, 'FAKETIME_DONT_FAKE_MONOTONIC': '1', 'FAKETIME_CACHE_DURATION': '1'}
        self.start()

    def step(self, seconds):
        with open(self.clock, 'w') as file: file.write(f'{seconds:+d}\n')

    def start(self):
        self.log = open(f'{folder}/instance.{self.index}.{self.starts}.log', 'w')
        self.starts += 1
        self.process = subprocess.Popen(['dotnet', 'exec', dll], env={**os.environ, **self.settings}, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT)

    def wait(self):
        while True:
            try:
                if self.call('GET', '/readyz')[0] in (200, 503): break
            except OSError:
                if self.process.poll() is not None: sys.exit(f'instance {self.index} ended: {open(self.log.name).read()[-2000:]}')
                time.sleep(0.2)
        self.in_rotation = True

    def call(self, method, path, body=None, key=OWNER):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=120)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def end(self):
        """Takes it out of rotation, waits for its requests, reads its metrics and stops it."""
        self.in_rotation = False
        while self.open: time.sleep(0.05)
        time.sleep(2)  # requests whose callers have left
        for line in self.call('GET', '/metrics')[1].decode().splitlines():
            name, _, value = line.rpartition(' ')
            if not line.startswith('#'): self.metrics[name] += float(value)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()


class Caller(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.sent, self.statuses, self.left = {}, collections.Counter(), set()

    def run(self):
        while not over.is_set():
            with lock:
                numbers.append(None)
                number = CACHED_PROMPTS + len(numbers)
                kind = chance.choices(['whole', 'stream', 'messages', 'messages stream', 'cached', 'leaves', 'limited', 'poor'], [30, 25, 10, 10, 15, 3, 4, 3])[0]
                if kind == 'cached': number = chance.randrange(CACHED_PROMPTS)
                instance = chance.choice([each for each in instances if each.in_rotation])
                instance.open += 1
            try:
                self.ask(instance, number, kind)
            except (OSError, http.client.HTTPException) as error:
                self.statuses[kind, type(error).__name__] += 1
            finally:
                with lock: instance.open -= 1

    def ask(self, instance, number, kind):
        key = keys.get(kind, keys['team'])
        messages, stream = 'messages' in kind, 'stream' in kind or kind == 'leaves'
        body = {'model': 'fast', 'max_tokens': MAX_TOKENS, 'stream': stream, 'messages': [{'role': 'user', 'content': f'This is number {number}'}]}
        headers = {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json', 'x-nano-tags': f'number={number}'}
        if kind == 'cached': headers['x-nano-cache'] = 'ttl=600, single-flight'
        connection = http.client.HTTPConnection('127.0.0.1', instance.port, timeout=120)
        try:
            connection.request('POST', '/v1/messages' if messages else '/v1/chat/completions', json.dumps(body), headers)
            response = connection.getresponse()
            if kind == 'leaves':
                response.read(200)
                with lock: self.left.add(number)
                self.statuses[kind, response.status] += 1
                return
            content = response.read()
            whole = response.status != 200 or not stream or (b'"message_stop"' if messages else b'data: [DONE]') in content
            error = json.loads(content)['error'] if response.status != 200 else {}
            outcome = (response.status if whole else 'broken', error.get('code') or error.get('type') or response.headers.get('x-nano-cache'))
            self.statuses[kind, outcome] += 1
            if response.status == 503: refused_at.append(time.time())
            if response.status == 200 and whole and outcome[1] != 'hit': self.sent[number] = response.headers['x-request-id']
        finally:
            connection.close()


def settle(process, seconds, name):
    """Stops a process for a time, as an outage that answers nothing."""
    if not process: return say(f'{name}: left out, it is not a process of its own')
    say(f'{name} for {seconds:.0f} s')
    os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(process, signal.SIGCONT)
    say(f'{name} is over')
    return time.time()


def while_in(provider, mode, seconds):
    say(f'provider {provider.name}: {mode} for {seconds:.0f} s')
    provider.mode = mode
    time.sleep(seconds)
    provider.mode = 'well'


def restart_all():
    say('rolling restart')
    for instance in instances:
        instance.end()
        instance.start()
        instance.wait()
    say('rolling restart is over')


def stop_store():
    global store_back
    store_back = settle(store_pid, min(20, LENGTH / 15), 'outage of the store')


def rotate():
    if not vault_pid: return say('key rotation: left out, there is no vault')
    say('key of provider one rotated: new in the vault, the old one refused')
    secrets = {'one-api-key': 'key-2', 'two-api-key': 'key-1'}
    with open(f'{folder}/secrets.new', 'w') as file: json.dump(secrets, file)
    os.replace(f'{folder}/secrets.new', f'{folder}/secrets.json')
    one.keys = {'key-2'}


def step_clock():
    if not FAKETIME: return say('clock step: left out, libfaketime is not installed')
    say('clock of instance 3: 120 s ahead, and back after a while')
    instances[3].step(120)
    time.sleep(LENGTH / 20)
    instances[3].step(0)


one, two = Provider('one'), Provider('two')
config = {
    'providers': {each.name: {'type': 'openai-compatible', 'base_url': f'http://127.0.0.1:{each.port}/v1', 'key': f'{each.name.upper()}_API_KEY'} for each in (one, two)},
    'models': {'fast': {'strategy': 'weighted', 'targets': [{'model': 'one/m', 'weight': 2}, {'model': 'two/m'}], 'retries': 1}},
    'prices': {'one/m': {'input': PRICE_IN / 1000, 'output': PRICE_OUT / 1000}, 'two/m': {'input': PRICE_IN / 1000, 'output': PRICE_OUT / 1000}},
    'policies': {},
}
settings = {'API_KEY': OWNER, 'STATE_STORE': store, 'NANO_CONFIG': json.dumps(config), 'METRICS_ENDPOINT': 'key', 'STATE_TIMEOUT_MILLISECONDS': '3000'}
if not vault_pid: settings |= {'ONE_API_KEY': 'key-1', 'TWO_API_KEY': 'key-1'}
began = time.time()
numbers, refused_at, store_back = [], [], None
instances = [Instance(index, settings) for index in range(INSTANCES)]
for instance in instances: instance.wait()


def owner(method, path, body=None):
    """The response of a store that may be busy."""
    for _ in range(120):
        status, content = instances[0].call(method, path, body)
        if status < 500: return json.loads(content)
        time.sleep(1)
    sys.exit(f'{method} {path}: {status} {content}')


def new_key(**limits):
    created = owner('POST', '/api/keys', {'organization': 'day', **limits})
    if 'key' not in created: sys.exit(f'no key: {created}')
    return created['key']


keys = {'team': new_key(name='team', team='web', budgets=[{'usd': 100000, 'window': 'total'}], cache={'max_seconds': 3600, 'scope': 'team', 'single_flight': True}), 'poor': new_key(name='poor', budgets=[{'usd': 0.05, 'window': 'total'}]),
        'limited': new_key(name='limited', requests_per_minute=30, budgets=[{'usd': 1000, 'window': 'total'}])}
keys['cached'] = keys['leaves'] = keys['team']
say(f'{INSTANCES} instances, {CALLERS} callers, {LENGTH / 60:g} minutes, seed {seed}, store {store.split(":")[0]}')
callers = [Caller() for _ in range(CALLERS)]
for caller in callers: caller.start()
events = [
    (0.08, lambda: while_in(one, 'down', LENGTH / 20)), (0.18, restart_all), (0.34, lambda: while_in(two, 'limit', LENGTH / 20)), (0.42, lambda: while_in(one, 'reset', LENGTH / 30)),
    (0.48, stop_store), (0.58, rotate), (0.64, lambda: settle(vault_pid, LENGTH / 20, 'outage of the vault')), (0.72, step_clock), (0.82, restart_all),
]
day = time.time()
for at, event in events:
    time.sleep(max(0, day + at * LENGTH - time.time()))
    event()
time.sleep(max(0, day + LENGTH - time.time()))
over.set()
for caller in callers: caller.join(180)
say('waiting for leases to end')

# A reservation that no instance closes is presumed when its lease has ended and another reservation finds it.
deadline = time.time() + 400
while True:
    time.sleep(5)
    instances[0].call('POST', '/v1/chat/completions', {'model': 'nano/echo', 'max_tokens': 4, 'messages': [{'role': 'user', 'content': 'Hello'}]}, keys['team'])
    budgets = owner('GET', '/api/budgets')['data']
    if not any(budget['reserved_usd'] for budget in budgets) or time.time() > deadline: break
status, exported = instances[0].call('GET', '/api/usage/export?organization=day')
rows = [json.loads(line) for line in exported.splitlines()]
for instance in instances: instance.end()

# :: The comparison
faults = 0


def check(name, expected, found, reason=''):
    global faults
    fits = expected == found
    faults += not fits
    print(f'{"agrees " if fits else "DIFFERS"}  {name}: {expected} and {found}{reason}')


def nano(usd):
    return round((usd or 0) * 1e9)


print('callers: ' + ', '.join(f'{kind} {outcome}: {count}' for (kind, outcome), count in sorted(sum((caller.statuses for caller in callers), collections.Counter()).items(), key=str)))
if store_back: print(f'the store was back for {max([0, *(at - store_back for at in refused_at if at < store_back + LENGTH / 12)]):.1f} s when the last request of that time was refused with a 503')
for provider in (one, two): print(f'provider {provider.name}: {provider.begun.total()} begun, {provider.complete.total()} complete, refused {dict(provider.refused)}')
left = set().union(*(caller.left for caller in callers))
by_number = collections.defaultdict(list)
for row in rows:
    if 'number' in row.get('tags', {}): by_number[int(row['tags']['number'])].append(row)
sure = {state: [row for row in rows if row['state'] == state] for state in {row['state'] for row in rows}}
print('ledger: ' + ', '.join(f'{len(found)} {state}' for state, found in sorted(sure.items())) + f', of them presumed {sum(1 for row in rows if row["presumed"])}')

# 1. Each complete response of a provider is one row with its tokens and its cost, and the other way round.
lost, phantom, wrong, presumed = collections.Counter(), collections.Counter(), [], []
for provider in (one, two):
    for number in set(provider.begun) | set(by_number):
        mine = [row for row in by_number[number] if row.get('provider') == provider.name]
        exact = [row for row in mine if not row.get('presumed') and row.get('outcome') == 'ok' and row.get('cache') != 'hit']
        guessed = [row for row in mine if row.get('presumed')]
        presumed += guessed
        wrong += [row for row in exact if (row.get('input_tokens'), row.get('output_tokens'), nano(row.get('cost_usd'))) != (*tokens(number), cost(number))]
        if len(exact) + len(guessed) < provider.complete[number]: lost[number] = provider.complete[number] - len(exact) - len(guessed)
        if len(exact) > provider.complete[number]: phantom[number] = len(exact) - provider.complete[number]
check('complete responses without a charge, and 0', 0, lost.total(), f' {dict(lost)}' if lost else '')
check('charges without a complete response, and 0', 0, phantom.total(), f' {dict(phantom)}' if phantom else '')
check('charges that are not the response\'s own, and 0', 0, len(wrong), f' {wrong[:2]}' if wrong else '')
reasons = collections.Counter('the caller left' if int(row.get('tags', {}).get('number', -1)) in left else f'outcome {row.get("outcome")}' for row in presumed)
print(f'presumed, with reasons: {dict(reasons)}; {sum(nano(row["cost_usd"]) for row in presumed) / 1e9:.6f} USD of {sum(nano(row["cost_usd"]) for row in rows) / 1e9:.6f}')

# 2. Every response that a caller has got completely has its charge.
answered = {}
for caller in callers: answered |= caller.sent
requests = {row['request'] for row in rows}
check('answered requests without a row, and 0', 0, sum(1 for request in answered.values() if request not in requests))

# 3. The usage records in the logs.
records = {}
for name in glob.glob(f'{folder}/instance.*.log'):
    for line in open(name, errors='replace'):
        if match := re.search(r'usage id=(\S+) (.*)', line): records[match.group(1)] = dict(re.findall(r'(\w+)=("[^"]*"|\S*)', match.group(2)))
check('requests of the ledger without a usage record, and 0', 0, len(requests - set(records)))
charges = collections.Counter()
for row in rows: charges[row['request']] += nano(row.get('cost_usd'))
guessed = {row['request'] for row in rows if row.get('presumed')}
unequal = [request for request in requests - guessed if request in records and round(float(records[request].get('cost_usd') or 0) * 1e9) != charges[request]]
check('requests whose record and rows have different costs, and 0', 0, len(unequal), f' {[(records[each], charges[each]) for each in unequal[:2]]}' if unequal else '')

# 4. The counters that refuse requests.
for budget in budgets:
    mine = [row for row in rows if budget['scope'] == f'key:{row.get("key")}']
    check(f'budget of {budget["name"]} in nano-USD: rows and counter', sum(nano(row.get('cost_usd')) for row in mine), nano(budget['spent_usd']), f', reserved {budget["reserved_usd"]}' if budget['reserved_usd'] else '')

# 5. The metrics of all instances, and the records.
metrics = sum((instance.metrics for instance in instances), collections.Counter())
counted = {name: sum(value for key, value in metrics.items() if key.split('{')[0] == name) for name in ('nano_cost_total', 'gen_ai_client_token_usage_sum', 'http_server_request_duration_seconds_count')}
recorded = sum(round(float(record.get('cost_usd') or 0) * 1e9) for record in records.values())
check('costs in nano-USD: records and the metric', recorded, round(counted['nano_cost_total'] * 1e9))
spent = sum(int(record.get(name) or 0) for record in records.values() if record.get('cache') != 'hit' for name in ('input', 'output'))
check('tokens: records and the metric', spent, round(counted['gen_ai_client_token_usage_sum']))
print(f'{len(records)} records; {"agreed" if not faults else f"{faults} differences"}')
sys.exit(1 if faults else 0)
