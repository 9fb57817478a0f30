// The page as a whole: totals, filters, views, theme, and the keys that work everywhere.

const grids = [];
const redrawGrids = () => { for (const grid of grids) grid.draw(true); };

function startTotals() {
  const accounts = new Set(places.map((place) => place.account));
  const regions = new Set(places.map((place) => place.region));
  byId('title').textContent = accounts.size === 1 ? `Account ${[...accounts][0]}` : counted(accounts.size, 'account');
  byId('subtitle').textContent = `${counted(functions.length, 'function')} in ${regions.size === 1 ? [...regions][0] : counted(regions.size, 'Region')} · judged ${moment(NOW)}`;
  document.title = `${byId('title').textContent}: posture of ${counted(functions.length, 'function')}`;
  const counts = new Array(SEVERITIES.length).fill(0);
  for (const found of findings) if (found.accepted === null) counts[found.severity] += 1;
  for (let severity = WORST; severity >= 0; severity -= 1) {
    const name = SEVERITIES[severity];
    const tile = el('button', { type: 'button', class: `total ${name}`, 'aria-pressed': 'false', 'data-severity': severity },
      el('span', { class: 'number' }, counts[severity].toLocaleString('en')), el('span', { class: 'word' }, mark(name), name));
    tile.addEventListener('click', () => {
      if (!filter.severities.delete(severity)) filter.severities.add(severity);
      apply();
    });
    byId('severities').append(tile);
  }
  const partly = functions.filter((one) => one.partly).length;
  const clean = functions.filter((one) => one.open === 0).length;
  const accepted = findings.filter((found) => found.accepted !== null).length;
  const line = (state, says, change) => el('li', null, mark(state), change ? el('button', { type: 'button', class: 'link', onclick: () => { resetFilter(); change(); apply(); } }, says) : el('span', null, says));
  const was = (count) => (count === 1 ? 'has' : 'have');
  refill(byId('cover'),
    line('none', `${counted(clean, 'function')} ${was(clean)} nothing open`, clean && (() => { filter.clean = true; view('functions'); })),
    line('unknown', partly ? `${counted(partly, 'function')} could not be judged in full` : 'Every function was judged in full', partly && (() => { filter.partly = true; view('functions'); })),
    accepted > 0 && line('informational', `${counted(accepted, 'finding')} accepted`, () => { filter.which = 'accepted'; view('findings'); }),
    own.length > 0 && el('li', null, mark(SEVERITIES[own[0].severity]), el('button', { type: 'button', class: 'link', onclick: (event) => show(null, event.target) }, `${counted(own.length, 'finding')} on settings and monitor`)));
  if (data.failures.length) {
    byId('failures').hidden = false;
    refill(byId('failures'), el('strong', null, 'Not everything was looked at. '), texts(data.failures).join('; '));
  }
  byId('foot').textContent = `Lambda Vigil ${data.version}. This page is one file and fetches nothing.`;
}

function options(select, all, everything) {
  refill(select, el('option', { value: -1 }, everything), all.map(([value, label]) => el('option', { value }, label)));
}

function startFilters() {
  const used = new Set(findings.map((found) => found.control));
  const layers = new Set([...used].map((at) => controls[at].layer));
  options(byId('layer'), LAYERS.map((label, at) => [at, label]).filter(([at]) => layers.has(at)), 'All layers');
  options(byId('control'), [...used].sort((a, b) => (controls[a].id < controls[b].id ? -1 : 1)).map((at) => [at, controls[at].id]), 'All controls');
  options(byId('place'), places.map((place, at) => [at, place.label]), 'All places');
  byId('search').addEventListener('input', (event) => { filter.text = event.target.value; apply(); });
  for (const name of ['layer', 'control', 'place']) {
    byId(name).addEventListener('change', (event) => { filter[name] = Number(event.target.value); apply(); });
  }
  byId('which').addEventListener('change', (event) => { filter.which = event.target.value; apply(); });
  byId('reset').addEventListener('click', () => { resetFilter(); apply(); });
  watchers.push(() => {
    if (byId('search').value !== filter.text) byId('search').value = filter.text;
    for (const name of ['layer', 'control', 'place', 'which']) byId(name).value = filter[name];
    for (const tile of byId('severities').children) tile.setAttribute('aria-pressed', String(filter.severities.has(Number(tile.dataset.severity))));
    byId('reset').disabled = !isFiltered();
    const kind = filter.partly ? ' not judged in full' : filter.clean ? ' with nothing open' : '';
    byId('count').textContent = `${counted(result.findings.length, 'finding')} and ${counted(result.functions.length, 'function')}${kind} shown`;
  });
}

function startGrids() {
  const nothing = () => (isFiltered() ? 'Nothing fits the filter.' : 'Nothing is open, as far as it could be judged.');
  const ofFindings = new Grid(byId('panel-findings'), {
    label: 'Findings, worst first',
    columns: [
      ['Severity', 'severity', (found) => badge(SEVERITIES[found.severity], found.accepted === null ? undefined : `${SEVERITIES[found.severity]}, accepted`)],
      ['Function', 'function', (found) => [el('b', null, nameOf(found)), el('small', null, found.of ? found.of.place.label : '')]],
      ['Finding', 'control', (found) => [el('b', null, controls[found.control].title), el('small', null, text(found.detail, found.of))]],
      ['Layer', 'layer', (found) => LAYERS[controls[found.control].layer]],
      ['Open for', 'age', (found) => (data.hasHistory ? age(found.since, NOW) : '–')],
    ],
    open: (found, row) => show(found.of, row, found),
    empty: nothing,
  });
  const ofFunctions = new Grid(byId('panel-functions'), {
    label: 'Functions, worst first',
    columns: [
      ['Worst', 'severity', ({ of }) => (of.worst >= 0 ? badge(SEVERITIES[of.worst]) : badge(stateOf(-1, of.partly), of.partly ? 'not judged' : 'nothing open'))],
      ['Function', 'function', ({ of }) => [el('b', null, of.name), el('small', null, of.place.label)]],
      ['Layers', 'strip', ({ of }) => strip(of)],
      ['Role', 'role', ({ of }) => (of.role ? roleName(of.role) : '–')],
      ['Runtime', 'runtime', ({ of }) => of.runtime || '–'],
      ['Open', 'number', ({ of }) => String(of.open)],
      ['Judged', 'judged', ({ of }) => (of.partly ? 'in part' : 'in full')],
    ],
    open: ({ of }, row) => show(of, row),
    empty: nothing,
  });
  grids.push(ofFindings, ofFunctions);
  watchers.push(() => {
    ofFindings.take(result.findings.length, (at) => findings[result.findings[at]]);
    ofFunctions.take(result.functions.length, (at) => ({ of: functions[result.functions[at]] }));
  });
}

/** How each layer of a function stands, as marks. */
function strip(of) {
  const said = [];
  const marks = LAYERS.slice(0, -1).map((label, layer) => {
    const state = stateOf(of.layers[layer], of.unsure[layer] > 0);
    if (state !== 'none') said.push(`${label}: ${state === 'unknown' ? 'not judged in full' : state}`);
    const drawn = mark(state);
    drawn.prepend(svg('title', null, `${label}: ${state === 'none' ? 'nothing open' : state === 'unknown' ? 'not judged in full' : state}`));
    return drawn;
  });
  return [marks, el('span', { class: 'unseen' }, said.join('; ') || 'nothing open')];
}

const TABS = ['findings', 'functions', 'history', 'coverage'];
const started = new Set(['findings', 'functions']);

function view(name) {
  for (const tab of TABS) {
    const button = byId(`tab-${tab}`);
    button.setAttribute('aria-selected', String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    byId(`panel-${tab}`).hidden = tab !== name;
  }
  if (!started.has(name)) {
    started.add(name);
    (name === 'history' ? startHistory : startCoverage)(byId(`panel-${name}`));
  }
  redrawGrids();
  if (eventGrid) eventGrid.draw(true);
}

function startTabs() {
  TABS.forEach((name, at) => {
    const button = byId(`tab-${name}`);
    button.addEventListener('click', () => view(name));
    button.addEventListener('keydown', (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: TABS.length - 1 - at }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const next = TABS[(at + by + TABS.length) % TABS.length];
      view(next);
      byId(`tab-${next}`).focus();
    });
  });
  view('findings');
}

function startTheme() {
  const select = byId('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const set = () => {
    document.documentElement.dataset.theme = select.value || (dark.matches ? 'dark' : 'light');
    readColours();
    if (map.width) draw();
  };
  select.addEventListener('change', set);
  dark.addEventListener('change', set);
  set();
}

function startKeys() {
  document.addEventListener('keydown', (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId('search').focus();
      byId('search').select();
    } else if (event.key === 'Escape' && !(isTyping && event.target.value && event.target.id === 'search')) {
      hide();
    }
  });
}

startTotals();
startFilters();
startGrids();
startTheme();
startTabs();
startMap();
startKeys();
watchers.push(draw);
apply();
// Once the first picture is on the screen.
requestAnimationFrame(() => setTimeout(() => {
  performance.measure('opened', { start: 0, end: performance.now() });
  document.documentElement.dataset.ready = 'true';
}));
