"""The load of bench/keys.sh."""
import json, sys, threading
from load import Gateway, WHOLE

dll, store, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
ORGANIZATIONS, CALLERS, STEPS = 500, 8, 10
gateway = Gateway(dll, STATE_STORE=store, STATE_TIMEOUT_MILLISECONDS='10000')
keys, wrong = [''] * total, []


def each(first, last, act):
    """Calls act for every number, by several callers in parallel, each with its own connection."""
    def run(own):
        connection = gateway.connect()
        for number in range(first + own, last, CALLERS): act(connection, number)

    threads = [threading.Thread(target=run, args=(own,)) for own in range(CALLERS)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()


def create(connection, number):
    status, created = gateway.call(connection, 'POST', '/api/keys', json.dumps({
        'name': f'key {number}', 'organization': f'organization-{number % ORGANIZATIONS}', 'team': f'team-{number % 7}', 'tags': {'app': 'bench'},
        'budgets': [{'usd': 5, 'window': 'month'}], 'requests_per_minute': 1000, 'tokens_per_minute': 1_000_000}))
    if status == 201: keys[number] = json.loads(created)['key']
    else: wrong.append((status, created[:200]))


def ask(connection, number):
    status, answer = gateway.call(connection, 'POST', '/v1/chat/completions', WHOLE, keys[number])
    if status != 200: wrong.append((status, answer[:200]))


try:
    gateway.wait()
    print(f'started: {gateway.resident():.0f} MiB', flush=True)
    for act, what in ((create, 'keys created'), (ask, 'keys used'), (ask, 'keys used again')):
        for step in range(STEPS):
            each(total * step // STEPS, total * (step + 1) // STEPS, act)
            print(f'{total * (step + 1) // STEPS} {what}: {gateway.resident():.0f} MiB', flush=True)
    print(f'{len(wrong)} calls went wrong {wrong[:3]}')
finally:
    gateway.end()
