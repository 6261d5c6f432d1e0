#!/usr/bin/env python3
"""The scale model of docs/scale.md: what bounds a deployment at 10^3, 10^5 and 10^7 requests per minute. Python's standard library only, no network.

    bench/scale.py                         all tables, about three minutes
    bench/scale.py fleet scaleout limits partition
    bench/scale.py --commit-ms 25 partition

It simulates; it measures nothing. Values of the code are held to it by ScaleDocumentationTests. Values of Azure are published targets: docs/scale.md has their sources.
What is assumed is named ASSUMED here and in the document. A seed makes every run the same.
"""
import argparse, collections, heapq, math, random

# Of the code and its settings.
HTTP_CONCURRENCY = 16            # of an instance of 2048 MB: infra/main.bicep
MAXIMUM_INSTANCE_COUNT = 40      # infra/main.bicep
MAX_TRANSACTIONS = 40            # that share a commit: StateTransactions
MAX_TOGETHER = 3                 # tries of a shared commit before each transaction is committed by itself
MAX_TRIES = 64                   # of one transaction
MAX_WRITES = 100                 # rows of a commit: StateLimits
OWN_ROWS = 2                     # of a transaction: the attempt and its lease
SHARED_BEFORE = 3                # rows that it shares with others: a budget and two rates
SHARED_AFTER = 2                 # when it is settled: the budget and the rate of tokens
ALLOTMENT_SECONDS = 5            # of requests at the current rate: HotCaller
ALLOTMENT_MIN = 8                # requests
ALLOTMENT_BATCH = 40             # rows of requests in one commit
STATE_TIMEOUT = 0.250            # STATE_TIMEOUT_MILLISECONDS
KEY_VAULT_REFRESH = 300          # KEY_VAULT_REFRESH_SECONDS

# Of Azure, as published.
REGION_INSTANCES = 250           # of 2048 MB: the default quota of a subscription in a region
APP_INSTANCES = 1000
PARTITION_ROWS = 2000            # entities a second: Azure Table Storage
ACCOUNT_ROWS = 20000
VAULT_READS = 400                # a second: 4,000 in 10 seconds
SNAT_PORTS = 128                 # preallocated for an instance, to one address and port
NAT_PORTS = 64512                # of one public address of a NAT gateway
NAT_ADDRESSES = 16

# ASSUMED.
WHOLE, STREAM, SIGMA = 2.0, 10.0, 0.6    # mean seconds of a whole response and of a stream; the deviation of their logarithm
COLD = 1.0                       # seconds until a new instance serves; the worker's part measured 0.46 (bench/README.md)
SCALE_OUT = (1, 16)              # new instances a second
HOT_SHARE = 0.2                  # of all requests belong to one organization
SECRETS = 5                      # in use on an instance
COMMIT_MS = {'Azure Tables': 10.0, 'Redis': 1.0}
MAX_WAIT = 0.5                   # seconds: for all but the slowest hundredth of the reservations
RATES = {'10^3': 1e3 / 60, '10^5': 1e5 / 60, '10^7': 1e7 / 60}


def duration(mean): return random.lognormvariate(math.log(mean) - SIGMA ** 2 / 2, SIGMA)


def table(title, columns, rows):
    print(f'\n{title}\n\n| {" | ".join(columns)} |\n|{"---|" + "--:|" * (len(columns) - 1)}')
    for row in rows: print(f'| {" | ".join(str(cell) for cell in row)} |')


def number(value):
    if value is None: return ''
    return f'{value:,.0f}' if value >= 10 else f'{value:.2g}'


# ---- open requests and instances

def most_open(rate, mean, seconds):
    """The open requests that 99.9 % of moments do not exceed, sampled every 50 ms after a warm-up."""
    now, end, ends, samples, tick = 0.0, seconds + 6 * mean, [], [], 6 * mean
    while now < end:
        now += random.expovariate(rate)
        while tick < now:
            while ends and ends[0] <= tick: heapq.heappop(ends)
            samples.append(len(ends))
            tick += 0.05
        heapq.heappush(ends, now + duration(mean))
    samples.sort()
    return samples[int(0.999 * (len(samples) - 1))]


def fleet():
    rows = []
    for kind, mean in (('whole', WHOLE), ('stream', STREAM)):
        for name, rate in RATES.items():
            # Poisson: at 10^7 the peak is within 1 % of the mean, and simulating it takes an hour.
            peak = most_open(rate, mean, 60) if rate < 1e4 else rate * mean + 3.1 * math.sqrt(rate * mean)
            rows.append((f'{kind}, {name}', number(rate), number(rate * mean), number(peak),
                         *(number(math.ceil(peak / slots)) for slots in (16, 64, 256, 1000))))
    table('Open requests and instances', ('a minute', 'requests/s', 'open, mean', 'open, 99.9 %', 'instances at 16', 'at 64', 'at 256', 'at 1,000'), rows)


# ---- from zero instances to the load

def scale_out(rate, mean, slots, launches, limit, seconds=900):
    """All of the load begins at once. Returns the seconds until no request waits any more, the longest wait, and the number of instances; None if it never ends."""
    waiting, events, free, instances, last, longest, ended = collections.deque(), [], 0, 0, -1e9, 0.0, 0.0
    heapq.heappush(events, (random.expovariate(rate), 'arrival'))
    pending = 0
    while events:
        now, what = heapq.heappop(events)
        if now > seconds: break
        if what == 'arrival':
            heapq.heappush(events, (now + random.expovariate(rate), 'arrival'))
            waiting.append(now)
        elif what == 'end': free += 1
        elif what == 'ready':
            free += slots
            pending -= slots
        while waiting and free:
            wait = now - waiting.popleft()
            longest = max(longest, wait)
            if wait > 0.05: ended = now
            free -= 1
            heapq.heappush(events, (now + duration(mean), 'end'))
        if len(waiting) > pending and instances < limit and now >= last + 1 / launches:
            instances, last, pending = instances + 1, now, pending + slots
            heapq.heappush(events, (now + COLD, 'ready'))
        # After ten quiet durations it is over; what still waits near the end never stops waiting.
        if not waiting and now > ended + 10 * mean: return ended, longest, instances
        if len(waiting) > 25 * rate * mean: break
    return None, longest, instances


def scaleout():
    rows = []
    for name in ('10^3', '10^5'):
        for slots, limit in ((HTTP_CONCURRENCY, MAXIMUM_INSTANCE_COUNT), (HTTP_CONCURRENCY, APP_INSTANCES), (64, APP_INSTANCES), (100, REGION_INSTANCES)):
            if name == '10^3' and limit != MAXIMUM_INSTANCE_COUNT: continue
            cells = []
            for launches in SCALE_OUT:
                over, longest, instances = scale_out(RATES[name], STREAM, slots, launches, limit)
                cells += ['never', '', number(instances)] if over is None else [f'{over:.0f} s', f'{longest:.1f} s', number(instances)]
            rows.append((f'{name} a minute, {slots} at once, at most {number(limit)} instances', *cells))
    columns = [f'{what}, {launches}/s' for launches in SCALE_OUT for what in ('no wait after', 'longest wait', 'instances')]
    table('Streams from zero instances', ('load', *columns), rows)


# ---- the load on each resource, as a part of its limit

def demands(rate, mean, has_policies):
    opened = rate * mean
    instances = math.ceil(opened / HTTP_CONCURRENCY)
    rows = (2 * OWN_ROWS + SHARED_BEFORE + SHARED_AFTER) * rate
    result = {
        f'MAXIMUM_INSTANCE_COUNT ({MAXIMUM_INSTANCE_COUNT})': instances / MAXIMUM_INSTANCE_COUNT,
        f'region quota ({REGION_INSTANCES} instances)': instances / REGION_INSTANCES,
        f'maximum of an app ({APP_INSTANCES:,} instances)': instances / APP_INSTANCES,
        'SNAT ports of an instance': min(HTTP_CONCURRENCY, opened) / SNAT_PORTS,
        'NAT gateway, 1 address': opened / NAT_PORTS,
        f'NAT gateway, {NAT_ADDRESSES} addresses': opened / NAT_PORTS / NAT_ADDRESSES,
        'Key Vault': instances * SECRETS / KEY_VAULT_REFRESH / VAULT_READS,
    }
    if has_policies:
        result |= {
            'table account, each request': rows / ACCOUNT_ROWS,
            'partition, organization with 20 %': rows * HOT_SHARE / PARTITION_ROWS,
            # One after the other, if every one is of another instance: none are shared.
            **{f'its commits, {store}': 2 * rate * HOT_SHARE * milliseconds / 1000 for store, milliseconds in COMMIT_MS.items()},
            # One row each, and its share of the rows of a commit of 40.
            'table account, allotments': rate * (1 + 2 / ALLOTMENT_BATCH) / ACCOUNT_ROWS,
        }
    return result


def limits():
    for has_policies in (False, True):
        scenarios = {f'{kind}, {name}': demands(rate, mean, has_policies) for kind, mean in (('whole', WHOLE), ('stream', STREAM)) for name, rate in RATES.items()}
        first = next(iter(scenarios.values()))
        rows = [(resource, *(f'{demand[resource]:.0%}' if demand[resource] < 10 else f'{demand[resource]:,.0f} x' for demand in scenarios.values())) for resource in first]
        rows.append(('first limit', *(max(demand, key=demand.get).split(' (')[0] if max(demand.values()) > 1 else 'none' for demand in scenarios.values())))
        table('Load in relation to the limit, ' + ('with a budget and two rates' if has_policies else 'without policies'), ('limit', *scenarios), rows)


# ---- one organization in the state store

# Its own rows, and those that it shares.
Transaction = collections.namedtuple('Transaction', 'rows shared done')


class Partition:
    """Commits succeed if no other instance has committed since this one has read: all of them change the organization's budget. Rows are served at a limited rate."""

    def __init__(self, commit, rows):
        self.commit, self.per_row, self.version, self.busy, self.rows, self.lost, self.commits = commit, 1 / rows if rows else 0, 0, 0.0, 0, 0, 0

    def call(self, now, rows):
        """The time at which the call takes effect, and that of its reply."""
        self.rows += rows
        self.busy = max(self.busy, now + self.commit / 2) + rows * self.per_row
        return self.busy, self.busy + self.commit / 2


class Instance:
    """One process: a commit at a time, and what waits meanwhile shares the next one."""

    def __init__(self, partition, schedule):
        self.partition, self.schedule, self.queue, self.alone, self.known, self.is_busy = partition, schedule, collections.deque(), collections.deque(), -1, False

    def add(self, now, transaction):
        self.queue.append(transaction)
        if not self.is_busy: self.start(now)

    def start(self, now):
        if self.alone: members = [self.alone.popleft()]
        elif self.queue:
            members, rows = [], SHARED_BEFORE
            while self.queue and len(members) < MAX_TRANSACTIONS and (not members or rows + self.queue[0].rows <= MAX_WRITES):
                rows += self.queue[0].rows
                members.append(self.queue.popleft())
        else:
            self.is_busy = False
            return
        self.is_busy = True
        self.attempt(now, members, 1)

    def attempt(self, now, members, tries):
        rows = max(member.shared for member in members) + sum(member.rows for member in members)
        if self.known < 0:
            effect, reply = self.partition.call(now, rows)
            self.schedule(effect, lambda at: self.read(at, reply, members, tries))
        else:
            effect, reply = self.partition.call(now, rows)
            self.schedule(effect, lambda at: self.commit(reply, members, tries))

    def read(self, at, reply, members, tries):
        seen = self.partition.version
        self.schedule(reply, lambda now: (setattr(self, 'known', seen), self.attempt(now, members, tries)))

    def commit(self, reply, members, tries):
        self.partition.commits += 1
        if self.known == self.partition.version:
            self.partition.version += 1
            self.known = self.partition.version
            self.schedule(reply, lambda now: ([member.done(now) for member in members], self.start(now)))
            return
        self.partition.lost += 1
        self.known = -1
        if len(members) > 1 and tries == MAX_TOGETHER:
            self.alone.extend(members)
            self.schedule(reply, self.start)
        elif tries == MAX_TRIES: self.schedule(reply, lambda now: ([member.done(None) for member in members], self.start(now)))
        else:
            pause = random.uniform(1, min(4 * tries, 50)) / 1000 if len(members) == 1 and tries > 2 else 0
            self.schedule(reply + pause, lambda now: self.attempt(now, members, tries + 1))


class Allotment:
    def __init__(self, requests): self.left, self.half, self.closed, self.open, self.is_retired = requests, requests / 2, 0, 0, False


class Caller:
    """The requests of the organization on one instance: each goes to the store, or is taken out of an allotment."""

    def __init__(self, instance, schedule, waits, hot):
        self.instance, self.schedule, self.waits, self.hot = instance, schedule, waits, hot
        self.current = self.next = None
        self.is_filling, self.count, self.rate, self.second = False, 0, 0, 0

    def request(self, now, seconds):
        if int(now) != self.second: self.rate, self.count, self.second = self.count if int(now) == self.second + 1 else 0, 0, int(now)
        self.count += 1
        if self.hot and max(self.rate, self.count) >= self.hot and not self.is_filling and self.next is None and (self.current is None or self.current.left < self.current.half):
            self.is_filling = True
            size = max(ALLOTMENT_MIN, max(self.rate, self.count) * ALLOTMENT_SECONDS)
            self.instance.add(now, Transaction(OWN_ROWS, SHARED_BEFORE, lambda at: self.fill(at, size)))
        if self.current and self.current.left == 0 and self.next:
            self.current.is_retired, self.current, self.next = True, self.next, None
        if self.current and self.current.left:
            lent = self.current
            lent.left, lent.open = lent.left - 1, lent.open + 1
            self.waits.append((now, 0.0))
            self.schedule(now + seconds, lambda at: self.close(lent))
            return
        self.instance.add(now, Transaction(OWN_ROWS, SHARED_BEFORE, lambda at: self.reserved(now, at, seconds)))

    def reserved(self, since, at, seconds):
        self.waits.append((since, None if at is None else at - since))
        if at is not None: self.schedule(at + seconds, lambda end: self.instance.add(end, Transaction(OWN_ROWS, SHARED_AFTER, lambda _: None)))

    def fill(self, at, size):
        self.is_filling = False
        if at is None: return
        lent = Allotment(size)
        if self.current is None: self.current = lent
        else: self.next = lent
        self.schedule(at + 1, lambda now: self.tick(now, lent))

    def close(self, lent): lent.open, lent.closed = lent.open - 1, lent.closed + 1

    def tick(self, now, lent):
        while lent.closed:
            rows = min(lent.closed, ALLOTMENT_BATCH)
            lent.closed -= rows
            # The allotment's own row is changed with them, and the budget.
            self.instance.add(now, Transaction(rows + 1, 1, lambda _: None))
        if lent.is_retired and not lent.open: self.instance.add(now, Transaction(OWN_ROWS, SHARED_AFTER, lambda _: None))
        else: self.schedule(now + 1, lambda later: self.tick(later, lent))


def organization(rate, count, commit, rows, hot, mean, seconds=20, warm=10):
    """The reservations' waits, and the store's rows and lost commits, of one organization whose requests are spread over a number of instances."""
    random.seed(17)
    events, order, waits = [], 0, []

    def schedule(at, run):
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, run))

    store = Partition(commit, rows)
    callers = [Caller(Instance(store, schedule), schedule, waits, hot) for _ in range(count)]

    def arrive(now):
        random.choice(callers).request(now, duration(mean))
        schedule(now + random.expovariate(rate), arrive)

    schedule(0.0, arrive)
    arrived = 0
    while events and events[0][0] < warm + seconds:
        now, _, run = heapq.heappop(events)
        run(now)
        if run is arrive and now >= warm: arrived += 1
    kept = sorted(wait for since, wait in waits if since >= warm and wait is not None)
    # What has not been reserved half a second before the end counts as not served.
    served = sum(1 for since, wait in waits if since >= warm and wait is not None) / max(1, arrived - rate * 0.5)
    return served, kept[int(0.99 * (len(kept) - 1))] if kept else math.inf, store.rows / (warm + seconds), store.lost / max(1, store.commits)


LADDER = (2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000)


def partition(commit_ms):
    rows = []
    for store in COMMIT_MS:
        commit = (commit_ms or COMMIT_MS[store]) / 1000
        for count in (1, 10, 100, 1000):
            cells = []
            for hot in (0, 20, 2):
                best = None
                for rate in LADDER:
                    served, slowest, used, lost = organization(rate, count, commit, PARTITION_ROWS if store == 'Azure Tables' else 0, hot, STREAM)
                    if served < 0.995 or slowest > MAX_WAIT: break
                    best = rate, slowest, used, lost
                cells += [number(best[0]) if best else f'under {LADDER[0]}', f'{best[1] * 1000:.0f} ms' if best else '', f'{best[3]:.0%}' if best else '']
            rows.append((f'{store}, {(commit_ms or COMMIT_MS[store]):g} ms, {number(count)}', *cells))
    columns = [f'{what}, {how}' for how in ('each request', 'allotments from 20/s', 'from 2/s') for what in ('requests/s', 'p99', 'lost')]
    table(f'The most requests per second of one organization (tried: {", ".join(map(str, LADDER))})', ('store, commit, instances', *columns), rows)


if __name__ == '__main__':
    arguments = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    arguments.add_argument('tables', nargs='*', default=['fleet', 'scaleout', 'limits', 'partition'])
    arguments.add_argument('--commit-ms', type=float, help='the time of a commit, for both stores')
    chosen = arguments.parse_args()
    for name in chosen.tables:
        random.seed(17)
        {'fleet': fleet, 'scaleout': scaleout, 'limits': limits, 'partition': lambda: partition(chosen.commit_ms)}[name]()
