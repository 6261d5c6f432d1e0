"""The load and the check of bench/ledger.sh."""
import concurrent.futures, http.client, json, os, random, re, signal, socket, subprocess, sys, threading, time

dll, store, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
OWNER = 'the-owners-key-0123456789'
NANO = 1_000_000       # of 10^-9 USD per token of output: ECHO_PRICES=0,1000
TOKENS = 4
COST = NANO * TOKENS
BUDGET = 1_000_000
WORKERS = 32
settings = {**os.environ, 'API_KEY': OWNER, 'STATE_STORE': store, 'STATE_TIMEOUT_MILLISECONDS': '20000', 'ECHO_PRICES': '0,1000', 'Logging__LogLevel__Default': 'None'}
processes, lock, over = {}, threading.Lock(), threading.Event()
served, counts = [], {'served': 0, 'unknown': 0, 'refused': 0}
kills, refusals = 0, {}


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


PORTS = [free_port() for _ in range(4)]


def start(port):
    processes[port] = subprocess.Popen(['dotnet', 'exec', dll], env={**settings, 'PORT': str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(port, method, path, body=None, key=OWNER):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b'{}'), response.headers.get('x-request-id')
    finally:
        connection.close()


def wait(port):
    while True:
        try:
            if call(port, 'GET', '/healthz')[0] == 200: return
        except OSError:
            time.sleep(0.2)


def patiently(port, method, path, body=None):
    """The response of a store that may be busy."""
    for _ in range(60):
        status, answer, _ = call(port, method, path, body)
        if status < 500: return answer
        time.sleep(1)
    sys.exit(f'{method} {path}: {status} {answer}')


def killer():
    global kills
    while not over.wait(random.uniform(1, 5)):
        port = random.choice(PORTS)
        wait(port)             # a starting process serves nothing that could be lost
        if over.wait(random.uniform(0.5, 1.5)): return
        processes[port].send_signal(signal.SIGKILL)
        processes[port].wait()
        kills += 1
        start(port)


def chat(tokens=TOKENS):
    return call(random.choice(PORTS), 'POST', '/v1/chat/completions', {'model': 'nano/echo', 'max_tokens': tokens, 'messages': [{'role': 'user', 'content': 'Hello to all of you'}]}, key)


def one(_):
    try:
        while True:
            try:
                status, answer, request = chat()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)    # the process is starting: nothing was sent
        outcome = 'served' if status == 200 else 'refused'
    except (OSError, http.client.HTTPException, ValueError):
        outcome = 'unknown'
    with lock:
        counts[outcome] += 1
        if outcome == 'served': served.append(request)
        if outcome == 'refused':
            code = answer.get('error', {}).get('code')
            refusals[code] = refusals.get(code, 0) + 1


def attempts():
    """Every attempt of the ledger, as (request, state, nano-USD charged, whether it is an allotment). An export that breaks off is read again."""
    while True:
        try:
            connection = http.client.HTTPConnection('127.0.0.1', PORTS[0], timeout=600)
            connection.request('GET', '/api/usage/export?organization=soak', headers={'Authorization': 'Bearer ' + OWNER})
            response = connection.getresponse()
            if response.status == 200: return [(row['request'], row['state'], round(row['cost_usd'] * 1e9), row['model'] == '') for row in map(json.loads, response)]
            if response.status != 503: sys.exit(f'export: {response.status} {response.read()}')
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        time.sleep(2)


for port in PORTS: start(port)
for port in PORTS: wait(port)
key = patiently(PORTS[0], 'POST', '/api/keys', {'organization': 'soak', 'budgets': [{'usd': BUDGET, 'window': 'total'}]})['key']

threading.Thread(target=killer, daemon=True).start()
began = time.time()
with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool: list(pool.map(one, range(total)))
took = time.time() - began
over.set()
for port in PORTS: wait(port)
print(f'{total} requests in {took:.0f} s, {kills} kills: {counts} {refusals}', flush=True)

# Wait until the leases of killed processes have ended and were swept: a reservation sweeps some leases at a time.
deadline = time.time() + 900
while True:
    time.sleep(6)
    one(0)
    states = {}
    by_request, allotments = {}, 0
    for request, state, nano, is_allotment in attempts():
        states[state] = states.get(state, 0) + 1
        # The final charge of a killed process's allotment covers requests of its last second, which have no rows.
        if is_allotment: allotments += nano
        else: by_request.setdefault(request, []).append((state, nano))
    if not states.get('open') or time.time() > deadline: break

charged = allotments + sum(nano for rows in by_request.values() for _, nano in rows)
# Every served request has one charge, of its own cost, or is covered by an allotment; no other request has more than one.
missing = sum(1 for request in served if sum(nano for _, nano in by_request.get(request, [])) < COST)
lost = max(0, missing - allotments // COST)
doubled = sum(1 for rows in by_request.values() if sum(nano for _, nano in rows) > COST)
presumed = sum(1 for request in served for state, _ in by_request.get(request, []) if state == 'presumed')
extra = sum(1 for request, rows in by_request.items() if any(nano for _, nano in rows)) - len(served) + missing

# The counter that refuses requests is the sum of the rows: the error for a request above the whole budget reports what is left.
for _ in range(60):
    status, answer, _ = chat(BUDGET * 1_000_000_000 // NANO)
    if status != 503: break
    time.sleep(1)
if answer.get('error', {}).get('code') != 'budget_exceeded': sys.exit(f'the budget: {answer}')
message = answer['error']['message']
left = round(float(re.search(r'([0-9.]+) USD are left', message).group(1)) * 1e9)
drift = BUDGET * 1_000_000_000 - left - charged
for process in processes.values(): process.terminate()
print(f'ledger: {states}; {presumed} of the served presumed; {extra} charged of {counts["unknown"]} whose response was cut off')
if allotments or missing: print(f'{missing} of the served have no row of their own; allotments of killed processes were charged {allotments / 1e9:.3f} USD, {allotments // COST} requests')
print(f'lost {lost}, doubled {doubled}, counter and rows differ by {drift / 1e9:.3f} USD, open {states.get("open", 0)}')
sys.exit(1 if lost or doubled or drift or states.get('open') or extra > counts['unknown'] else 0)
