"""The comparison of bench/policies.sh."""
import os, sys
from load import Gateway, report

dll, store, name, hot = sys.argv[1:5]
WARM = int(os.environ.get('WARM', 12000))
ROUNDS, REQUESTS = int(os.environ.get('ROUNDS', 8)), int(os.environ.get('REQUESTS', 1500))
gateway = Gateway(dll, STATE_STORE=store, STATE_TIMEOUT_MILLISECONDS='10000', HOT_REQUESTS_PER_SECOND=hot)
try:
    gateway.wait()
    key = gateway.key(organization='bench', budgets=[{'usd': 100000, 'window': 'month'}], requests_per_minute=10_000_000, tokens_per_minute=1_000_000_000)
    # LocalHost optimizes a method after 5,000 calls: rounds before that compare unoptimized code.
    for _ in range(max(3, -(-WARM // REQUESTS))): gateway.load(REQUESTS); gateway.load(REQUESTS, key)
    without, under = [], []
    for _ in range(ROUNDS):
        without.append(gateway.load(REQUESTS))
        under.append(gateway.load(REQUESTS, key))
    report(name, without, under)
finally:
    gateway.end()
