"""The load and the check of bench/ledger.sh."""
import concurrent.futures, http.client, json, os, random, signal, subprocess, sys, threading, time

dll, store, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
OWNER = 'the-owners-key-0123456789'
PORTS = [17071, 17072, 17073, 17074]
PRICE = 0.001          # USD per token of output: ECHO_PRICES=0,1000
TOKENS = 4
settings = {**os.environ, 'API_KEY': OWNER, 'STATE_STORE': store, 'STATE_TIMEOUT_MILLISECONDS': '5000', 'ECHO_PRICES': '0,1000', 'Logging__LogLevel__Default': 'None'}
processes, lock, over = {}, threading.Lock(), threading.Event()


def start(port):
    processes[port] = subprocess.Popen(['dotnet', 'exec', dll], env={**settings, 'PORT': str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(port, method, path, body=None, key=OWNER):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None, {'Authorization': 'Bearer ' + key, 'Content-Type': 'application/json'})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b'{}')
    finally:
        connection.close()


def wait(port):
    while True:
        try:
            if call(port, 'GET', '/healthz')[0] == 200: return
        except OSError:
            time.sleep(0.2)


def killer():
    while not over.wait(random.uniform(2, 6)):
        port = random.choice(PORTS)
        processes[port].send_signal(signal.SIGKILL)
        processes[port].wait()
        start(port)


for port in PORTS: start(port)
for port in PORTS: wait(port)
key = call(PORTS[0], 'POST', '/api/keys', {'organization': 'soak', 'budgets': [{'usd': 1000000, 'window': 'total'}]})[1]['key']
counts = {'served': 0, 'unknown': 0, 'refused': 0}


def one(_):
    try:
        status, _ = call(random.choice(PORTS), 'POST', '/v1/chat/completions', {'model': 'nano/echo', 'max_tokens': TOKENS, 'messages': [{'role': 'user', 'content': 'Hello to all of you'}]}, key)
        outcome = 'served' if status == 200 else 'refused'
    except (OSError, http.client.HTTPException, ValueError):
        outcome = 'unknown'
    with lock: counts[outcome] += 1


threading.Thread(target=killer, daemon=True).start()
began = time.time()
with concurrent.futures.ThreadPoolExecutor(32) as pool: list(pool.map(one, range(total)))
over.set()
for port in PORTS: wait(port)
print(f'{total} requests in {time.time() - began:.0f} s: {counts}', flush=True)
time.sleep(100)        # until the leases of killed processes have ended
for _ in range(50):    # a reservation sweeps, some leases at a time
    one(0); time.sleep(0.2 if _ else 6)
row = call(PORTS[0], 'GET', '/api/usage?organization=soak')[1]['rows'][0]
for process in processes.values(): process.terminate()
charged, presumed = row['cost_usd'] / (PRICE * TOKENS), row['presumed_usd'] / (PRICE * TOKENS)
print(f"charged {charged:.0f}, of these presumed {presumed:.0f}, open {row['reserved_usd'] / (PRICE * TOKENS):.0f}")
lost = counts['served'] - charged
doubled = charged - counts['served'] - counts['unknown']
print(f'lost {max(0, lost):.0f}, doubled {max(0, doubled):.0f}')
sys.exit(1 if lost > 0 or doubled > 0 else 0)
