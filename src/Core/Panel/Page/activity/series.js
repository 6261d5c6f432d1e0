// Requests as numbers over time. Pure: times are milliseconds since 1970.

const ERRORS = ['failed', 'broken', 'stopped'];

/** @param {{outcome: string}} record */
export const isError = (record) => ERRORS.includes(record.outcome);

/** @param {Record<string, number>} totals by outcome */
export const errorsIn = (totals) => ERRORS.reduce((sum, outcome) => sum + totals[outcome], 0);

/**
 * @param {any[]} records oldest first
 * @param {{from: number, to: number, buckets: number}} range
 */
export function bucketed(records, { from, to, buckets }) {
  const width = (to - from) / buckets;
  const series = Array.from({ length: buckets }, (_, i) => ({ at: from + i * width, requests: 0, errors: 0, input: 0, output: 0, latencies: [] }));
  for (const record of records) {
    const time = new Date(record.time).getTime();
    const bucket = series[Math.floor((time - from) / width)];
    if (!bucket) continue;
    bucket.requests++;
    if (isError(record)) bucket.errors++;
    bucket.input += record.input_tokens ?? 0;
    bucket.output += record.output_tokens ?? 0;
    if (typeof record.latency_ms === 'number') bucket.latencies.push(record.latency_ms);
  }
  return series.map(({ latencies, ...bucket }) => ({ ...bucket, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) }));
}

/** The nearest rank; null for an empty list. */
export function percentile(values, share) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export const sum = (series, name) => series.reduce((total, bucket) => total + (bucket[name] ?? 0), 0);

export const highest = (series, name) => series.reduce((most, bucket) => Math.max(most, bucket[name] ?? 0), 0);
