// Four small charts over one span of time, each with a text alternative.
import { field, h, svg } from '../dom.js';
import { count, duration, plural, short, timeOfDay } from '../format.js';
import { bucketed, highest, percentile, sum } from './series.js';

const BUCKETS = 40;
const WIDTH = 320;
const HEIGHT = 72;
const WINDOWS = [['900', '15 minutes'], ['3600', '1 hour'], ['21600', '6 hours'], ['86400', '24 hours']];

export function charts() {
  const windowChoice = h('select', null, WINDOWS.map(([value, label]) => h('option', { value }, label)));
  const windowField = field('Charts over', windowChoice);
  const all = [
    chart('Requests', [['bar', 'requests', 'requests']], (series, found) => [count(sum(series, 'requests')), `${plural(sum(series, 'requests'), 'request')}, at most ${highest(series, 'requests')} in ${found.step}`]),
    chart('Latency', [['line', 'p95', '95 % are faster'], ['line', 'p50', 'half are faster']], (_, found) => [duration(found.p50), found.p50 === null ? 'no request' : `half within ${duration(found.p50)}, 95 % within ${duration(found.p95)}`]),
    chart('Tokens', [['bar', 'input', 'in'], ['bar', 'output', 'out']], (series) => [short(sum(series, 'input') + sum(series, 'output')), `${count(sum(series, 'input'))} in, ${count(sum(series, 'output'))} out`]),
    chart('Errors', [['bar', 'errors', 'errors']], (series) => [count(sum(series, 'errors')), sum(series, 'errors') ? `${plural(sum(series, 'errors'), 'error')} of ${plural(sum(series, 'requests'), 'request')}` : 'none']),
  ];
  return {
    element: h('div', { class: 'charts' }, all.map((one) => one.element)),
    windowField,
    /** @param {any[]} records oldest first */
    show(records) {
      const seconds = Number(windowChoice.value);
      const width = (seconds * 1000) / BUCKETS;
      // Align to whole steps, so that requests stay in their buckets as time passes.
      const to = Math.ceil((Date.now() + 1) / width) * width;
      const from = to - seconds * 1000;
      const inside = records.filter((record) => new Date(record.time).getTime() >= from);
      const latencies = inside.map((record) => record.latency_ms).filter((value) => typeof value === 'number');
      const found = { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95), step: `${Math.round(width / 1000)} s`, span: WINDOWS.find(([value]) => value === windowChoice.value)[1], from, to };
      const series = bucketed(inside, { from, to, buckets: BUCKETS });
      for (const one of all) one.show(series, found);
    },
  };
}

function chart(title, layers, tell) {
  const value = h('p', { class: 'chart-value' });
  const note = h('p', { class: 'hint' });
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', class: 'chart-drawing' });
  const from = h('span');
  const to = h('span');
  const legend = layers.length > 1 ? h('p', { class: 'legend' }, layers.map(([, name, words], at) => h('span', { class: `key-${at}`, title: words }, name === 'input' ? 'in' : name === 'output' ? 'out' : name))) : null;
  const element = h('figure', { class: `chart chart-${title.toLowerCase()}` }, h('figcaption', null, h('span', null, title), legend), value, drawing, h('div', { class: 'axis', 'aria-hidden': 'true' }, from, to), note);
  let last = '';
  return {
    element,
    show(series, found) {
      const [headline, words] = tell(series, found);
      value.textContent = headline;
      note.textContent = words;
      from.textContent = timeOfDay(found.from).slice(0, 5);
      to.textContent = 'now';
      const key = JSON.stringify(layers.map(([, name]) => series.map((bucket) => bucket[name])));
      drawing.setAttribute('aria-label', `${title} in the last ${found.span}: ${words}`);
      if (key === last) return;
      last = key;
      drawing.replaceChildren(...draw(series, layers));
    },
  };
}

function draw(series, layers) {
  const bars = layers.filter(([kind]) => kind === 'bar');
  const lines = layers.filter(([kind]) => kind === 'line');
  const stacked = series.map((bucket) => bars.reduce((total, [, name]) => total + bucket[name], 0));
  const most = Math.max(1e-9, ...stacked, ...lines.map(([, name]) => highest(series, name)));
  const step = WIDTH / series.length;
  const y = (amount) => HEIGHT - 1 - (amount / most) * (HEIGHT - 6);
  const shapes = [svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: 'base' })];
  series.forEach((bucket, at) => {
    let below = 0;
    bars.forEach(([, name], layer) => {
      const amount = bucket[name];
      if (!amount) return;
      const top = Math.min(y(below + amount), y(below) - 1);
      shapes.push(svg('rect', { x: at * step + 0.75, width: step - 1.5, y: top, height: y(below) - top, class: `key-${layer}` }));
      below += amount;
    });
  });
  lines.forEach(([, name], layer) => {
    // A bucket without data breaks the line; a single value is a dot.
    let run = [];
    const end = () => {
      if (run.length === 1) shapes.push(svg('path', { d: `M${run[0]}h.01`, class: `key-${layer} dot` }));
      else if (run.length) shapes.push(svg('path', { d: `M${run.join('L')}`, class: `key-${layer}` }));
      run = [];
    };
    series.forEach((bucket, at) => (bucket[name] === null ? end() : run.push(`${((at + 0.5) * step).toFixed(1)} ${y(bucket[name]).toFixed(1)}`)));
    end();
  });
  return shapes;
}
