// When did what open and end, and how much was looked at?

let eventGrid = null;

/** What opened and what ended, latest first. */
function events() {
  const all = findings.filter((found) => found.accepted === null)
    .map((found) => ({ at: found.since, what: 'opened', severity: found.severity, control: found.control, name: nameOf(found), of: found.of, found }));
  const byName = new Map(functions.map((one) => [`${one.name} ${one.placeAt}`, one]));
  for (const [name, place, at, control, severity, since] of data.resolved) {
    const of = byName.get(`${name} ${place}`) || null;
    const known = control === null ? null : controlOf(control);
    all.push({ at, what: 'resolved', severity, control: known, name, of });
    if (since !== null) all.push({ at: since, what: 'opened', severity, control: known, name, of });
  }
  return all.sort((a, b) => b.at - a.at || (b.severity ?? -1) - (a.severity ?? -1));
}

function startHistory(host) {
  if (!data.hasHistory) {
    refill(host, el('p', { class: 'nothing' }, 'Since when something is open is not known: this report was made without a state file. ',
      'Keep one with ', el('code', null, 'vigil replay --state FILE'), ' and give it to ', el('code', null, 'vigil report --state FILE'), '.'));
    return;
  }
  const all = events();
  refill(host, chartOf(all));
  eventGrid = new Grid(host, {
    label: 'What opened and what was resolved, latest first',
    columns: [
      ['When', 'when', (event) => moment(event.at)],
      ['What', 'what', (event) => el('span', { class: `event ${event.what}` }, event.what === 'opened' ? '▲ opened' : '▼ resolved')],
      ['Severity', 'severity', (event) => (event.severity === null ? 'not kept' : badge(SEVERITIES[event.severity]))],
      ['Function', 'function', (event) => event.name],
      ['Control', 'control', (event) => (event.control === null ? 'not kept by an earlier release' : controls[event.control].title)],
    ],
    open: (event, row) => { if (event.of || event.found) show(event.of, row, event.found); },
    empty: () => 'Nothing has opened or ended.',
  });
  eventGrid.take(all.length, (at) => all[at]);
}

const DAY = 86400;

/** Bars over time: what opened stands up, what ended hangs down. */
function chartOf(all) {
  if (!all.length) return null;
  const first = Math.min(...[all[all.length - 1].at, NOW - 14 * DAY]);
  const days = (NOW - first) / DAY;
  const step = (days <= 62 ? 1 : days <= 430 ? 7 : 30) * DAY;
  const begin = Math.floor(first / step) * step;
  const count = Math.floor((NOW - begin) / step) + 1;
  const bars = Array.from({ length: count }, () => ({ opened: new Array(SEVERITIES.length).fill(0), resolved: 0 }));
  for (const event of all) {
    const bar = bars[Math.min(count - 1, Math.max(0, Math.floor((event.at - begin) / step)))];
    if (event.what === 'opened') bar.opened[event.severity ?? 0] += 1;
    else bar.resolved += 1;
  }
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const up = Math.max(1, ...bars.map((bar) => sum(bar.opened)));
  const down = Math.max(...bars.map((bar) => bar.resolved));
  const [width, high, low] = [900, 96, down ? 34 : 4];
  const wide = width / count;
  const drawn = bars.map((bar, at) => {
    let y = high;
    const parts = bar.opened.map((number, severity) => {
      const tall = (number / up) * (high - 8);
      y -= tall;
      return number > 0 && svg('rect', { class: SEVERITIES[severity], x: at * wide + 1, y, width: Math.max(1, wide - 2), height: tall });
    });
    const tall = down ? (bar.resolved / down) * (low - 6) : 0;
    const name = svg('title', null, `${day(begin + at * step)}: ${sum(bar.opened)} opened, ${bar.resolved} resolved`);
    return svg('g', null, name, svg('rect', { class: 'touch', x: at * wide, y: 0, width: wide, height: high + low }), parts,
      tall > 0 && svg('rect', { class: 'resolved', x: at * wide + 1, y: high + 2, width: Math.max(1, wide - 2), height: tall }));
  });
  const opened = all.filter((event) => event.what === 'opened').length;
  const label = `${counted(opened, 'finding')} opened and ${all.length - opened} resolved between ${day(begin)} and ${day(NOW)}`;
  return el('figure', { class: 'chart' },
    svg('svg', { viewBox: `0 0 ${width} ${high + low}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label }, drawn, svg('path', { class: 'axis', d: `M0 ${high + 1}H${width}` })),
    el('figcaption', null, el('span', null, day(begin)), el('span', null, `Above the line what opened, below what was resolved; a bar is ${step === DAY ? 'a day' : step === 7 * DAY ? 'a week' : 'thirty days'}`), el('span', null, day(NOW))));
}

/** Functions by what was not judged of them. */
function gapsBy(rowsOf, keyOf) {
  const gaps = new Map();
  for (const one of functions) {
    const seen = new Set();
    for (const row of rowsOf(one)) {
      const key = keyOf(row);
      if (seen.has(key)) continue;
      seen.add(key);
      if (!gaps.has(key)) gaps.set(key, { row, functions: [] });
      gaps.get(key).functions.push(one);
    }
  }
  return [...gaps.values()].sort((a, b) => b.functions.length - a.functions.length);
}

const MANY = 60;

function gapTable(caption, columns, gaps, cells) {
  if (!gaps.length) return null;
  const named = (all) => el('details', null, el('summary', null, counted(all.length, 'function')),
    el('ul', { class: 'names' }, all.slice(0, MANY).map((one) => el('li', null, el('button', { type: 'button', class: 'link', onclick: (event) => show(one, event.target) }, one.name)))),
    all.length > MANY && el('p', { class: 'hint' }, `and ${all.length - MANY} more`));
  return el('div', { class: 'wide-table' }, el('table', null, el('caption', null, caption),
    el('thead', null, el('tr', null, [...columns, 'Functions'].map((title) => el('th', { scope: 'col' }, title)))),
    el('tbody', null, gaps.slice(0, 200).map((gap) => el('tr', null, cells(gap.row).map((cell) => el('td', null, cell)), el('td', null, named(gap.functions)))))));
}

function startCoverage(host) {
  const whole = functions.filter((one) => !one.partly).length;
  const unread = gapsBy((one) => one.unread, (row) => row.join());
  const undecided = gapsBy((one) => one.unjudged.filter((row) => row[2] === null), (row) => row.join());
  const left = gapsBy((one) => one.left, (row) => row);
  refill(host,
    el('p', { class: 'lead' }, `${whole.toLocaleString('en')} of ${counted(functions.length, 'function')} were judged in full. What could not be read or decided is never taken for fine.`),
    gapTable('Not read', ['Part', 'Why'], unread, ([facet, why]) => [text(facet), text(why, { name: 'the function', arn: 'the function' })]),
    gapTable('Not decided', ['Control', 'Why'], undecided, ([known, why]) => [el('code', null, controls[controlOf(known)].id), text(why, { name: 'the function', arn: 'the function' })]),
    gapTable('Not looked at: nobody asked for it, or its time has not come', ['Part'], left, (facet) => [text(facet)]),
    own.length + data.ownUnjudged.length > 0 && el('p', null, el('button', { type: 'button', class: 'link', onclick: (event) => show(null, event.target) },
      `${counted(own.length, 'finding')} about the settings and the monitor`)),
    el('h3', null, 'What this page does not know'),
    el('ul', { class: 'plain' },
      el('li', null, 'Callers are drawn from the functions’ own policies, URLs and event sources. Roles and users of an account that their own policies let in are not among them.'),
      el('li', null, 'Service control policies and session policies do not enter what a role reaches.'),
      el('li', null, 'The page stands still: it shows what was so at the time of the report.')));
}
