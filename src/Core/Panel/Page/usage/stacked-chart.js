// Amounts over time, stacked, with the same numbers as a table.
import { append, h, svg } from '../dom.js';
import { axisEnd } from './report.js';

const WIDTH = 720;
const HEIGHT = 200;

/** @param {number} at @param {boolean} [isRest] */
export const seriesClass = (at, isRest) => `series-${isRest ? 'rest' : at}`;

export function stackedChart() {
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', class: 'chart-drawing' });
  const scale = h('div', { class: 'scale', 'aria-hidden': 'true' }, h('span'), h('span'), h('span'));
  const axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
  const table = h('table');
  const details = h('details', { class: 'as-table' }, h('summary', null, 'Show as a table'), h('div', { class: 'table-scroll', tabindex: '0', role: 'group', 'aria-label': 'Amounts over time' }, table));
  return {
    element: h('div', { class: 'stacked' }, h('div', { class: 'plot' }, scale, h('div', { class: 'drawn' }, drawing, axis)), details),
    /**
     * @param {ReturnType<typeof import('./report.js').seriesOf>} found
     * @param {{title: string, periods: string[], words: (period: string) => string, amount: (value: number) => string, nameOf: (series: any) => string}} options
     */
    show({ series, total, highest }, { title, periods, words, amount, nameOf }) {
      const end = axisEnd(highest);
      [end, end / 2, 0].forEach((value, at) => (scale.children[at].textContent = amount(value)));
      drawing.setAttribute('aria-label', `${title}, ${words(periods[0])} to ${words(periods.at(-1))}: ${amount(total)} in all. ${series.map((one) => `${nameOf(one)}: ${amount(one.total)}`).join(', ')}`);
      drawing.replaceChildren(...lines(), ...bars(series, periods, end, (one, at) => `${words(periods[at])}, ${nameOf(one)}: ${amount(one.amounts[at])}`));
      const marks = [0, Math.floor((periods.length - 1) / 2), periods.length - 1].filter((at, index, all) => all.indexOf(at) === index);
      axis.replaceChildren(...marks.map((at) => h('span', null, words(periods[at]))));
      table.replaceChildren();
      append(table, [
        h('caption', { class: 'unseen' }, title),
        h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Time (UTC)'), series.map((one) => h('th', { scope: 'col' }, nameOf(one))), h('th', { scope: 'col' }, 'Sum'))),
        h('tbody', null, periods.map((period, at) => h('tr', null, h('th', { scope: 'row' }, words(period)), series.map((one) => h('td', null, amount(one.amounts[at]))), h('td', null, amount(series.reduce((sum, one) => sum + one.amounts[at], 0)))))),
      ]);
    },
  };
}

const lines = () => [0.5, HEIGHT / 2, HEIGHT - 0.5].map((y) => svg('line', { x1: 0, x2: WIDTH, y1: y, y2: y, class: 'base' }));

function bars(series, periods, end, tell) {
  const step = WIDTH / periods.length;
  const gap = Math.min(step * 0.15, 4);
  return periods.flatMap((_, at) => {
    let below = 0;
    return series.map((one, layer) => {
      const height = (one.amounts[at] / end) * (HEIGHT - 1);
      if (height <= 0) return null;
      below += height;
      return svg('rect', { x: (at * step + gap).toFixed(2), width: (step - 2 * gap).toFixed(2), y: (HEIGHT - below).toFixed(2), height: Math.max(0.75, height).toFixed(2), class: seriesClass(layer, one.isRest) }, svg('title', null, tell(one, at)));
    }).filter(Boolean);
  });
}
