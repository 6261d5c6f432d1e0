"""The comparison of bench/policies.sh."""
import os, re, socket, sys, time
from load import Gateway, low_and_middle, report

dll, store, name, hot = sys.argv[1:5]
WARM = int(os.environ.get('WARM', 12000))
ROUNDS, REQUESTS = int(os.environ.get('ROUNDS', 8)), int(os.environ.get('REQUESTS', 1500))
FIRST = os.environ.get('FIRST')
gateway = Gateway(dll, STATE_STORE=store, STATE_TIMEOUT_MILLISECONDS='10000', HOT_REQUESTS_PER_SECOND=hot)


class Redis:
    """A connection to a server of the Redis protocol."""

    def __init__(self):
        host, port = store.removeprefix('redis:').split(',')[0].split(':')
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, *command):
        self.socket.sendall(b'*%d\r\n' % len(command) + b''.join(b'$%d\r\n%s\r\n' % (len(part), part) for part in command))
        reply = self.socket.recv(65536)
        if reply.startswith(b'$'):
            length = int(reply[1:reply.index(b'\r\n')])
            while len(reply) < length: reply += self.socket.recv(65536)
        return reply

    def round_trips(self, count):
        """The times of PING, in microseconds."""
        times = []
        for _ in range(count):
            began = time.perf_counter()
            self.call(b'PING')
            times.append((time.perf_counter() - began) * 1e6)
        return times

    def scripts(self):
        """The time that the server spends on one script, in microseconds; None if it does not report it, as Garnet."""
        found = re.search(rb'cmdstat_evalsha:.*?usec_per_call=([0-9.]+)', self.call(b'INFO', b'commandstats'))
        return found and float(found.group(1))


def compare_cpu():
    without, under = [], []
    for _ in range(ROUNDS):
        without.append(gateway.load(REQUESTS))
        under.append(gateway.load(REQUESTS, key))
    report(name, without, under)


def compare_first():
    without, under, trips = [], [], []
    redis = Redis() if store.startswith('redis:') else None
    for _ in range(ROUNDS):
        without += gateway.first(REQUESTS)
        under += gateway.first(REQUESTS, key)
        if redis: trips += redis.round_trips(REQUESTS)
    (low, middle), (low_under, middle_under) = low_and_middle(without), low_and_middle(under)
    line = (f'{name}: first byte of a stream, lower decile {low:.0f} and {low_under:.0f} us (+{low_under - low:.0f}), '
            f'median {middle:.0f} and {middle_under:.0f} us (+{middle_under - middle:.0f})')
    if redis:
        trip, middle_trip = low_and_middle(trips)
        line += f'; PING {trip:.0f} and {middle_trip:.0f} us: {(low_under - low) / trip:.1f} and {(middle_under - middle) / middle_trip:.1f} round trips'
        if (script := redis.scripts()) is not None: line += f'; a script takes the server {script:.0f} us'
    print(line, flush=True)


try:
    gateway.wait()
    key = gateway.key(organization='bench', budgets=[{'usd': 100000, 'window': 'month'}], requests_per_minute=10_000_000, tokens_per_minute=1_000_000_000)
    # LocalHost optimizes a method after 5,000 calls: rounds before that compare unoptimized code.
    send = gateway.first if FIRST else gateway.load
    for _ in range(max(3, -(-WARM // REQUESTS))): send(REQUESTS); send(REQUESTS, key)
    compare_first() if FIRST else compare_cpu()
finally:
    gateway.end()
