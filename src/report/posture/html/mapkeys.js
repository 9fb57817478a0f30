// The map under hand and keys: what lies where, and where a step leads.

/** What lies at a point of the sheet. */
function cellAt(x, y) {
  const [wide, high] = SIZES[map.size];
  const gap = gapOf(wide);
  for (let group = 0; group < map.groups.length; group += 1) {
    const { left, top, columns, cells } = map.groups[group];
    if (y < top - 1 || x < left || x >= left + columns * (wide + gap)) continue;
    const row = Math.floor((y - top) / (high + gap));
    if (row < 0 || row > (cells.length - 1) / columns) continue;
    const at = row * columns + Math.floor((x - left) / (wide + gap));
    if (at < cells.length) return { group, at };
  }
  return null;
}

const cellOf = (where) => where && map.groups[where.group] && map.groups[where.group].cells[where.at];

function pointed(event) {
  const box = chart.box.getBoundingClientRect();
  return cellAt(event.clientX - box.left, event.clientY - box.top + chart.box.scrollTop);
}

function showTip(event) {
  const where = pointed(event);
  const cell = cellOf(where);
  chart.box.classList.toggle('points', Boolean(cell));
  chart.tip.hidden = !cell;
  if (!cell) return;
  const group = map.groups[where.group];
  refill(chart.tip, el('strong', null, cell.one.name), el('span', null, cell.one.place.label), el('span', null, told(cell, group)));
  const card = chart.box.parentElement.getBoundingClientRect();
  const left = Math.min(event.clientX - card.left + 14, card.width - chart.tip.offsetWidth - 8);
  chart.tip.style.left = `${Math.max(4, left)}px`;
  chart.tip.style.top = `${event.clientY - card.top + 16}px`;
}

function told({ one, severity, partly }, group) {
  if (map.grouping !== 'layer') return `${group.label}: ${standing(one)}`;
  const layer = LAYERS.indexOf(group.label);
  const parts = [];
  if (severity >= 0) parts.push(`${counted(one.counts[layer], 'finding')}, worst ${SEVERITIES[severity]}`);
  if (partly) parts.push(`${counted(one.unsure[layer], 'question')} not judged`);
  return `${group.label}: ${parts.join('; ')}`;
}

/** Moves the cursor; what it stands on is told as an option of the list. */
function moveTo(where) {
  if (!cellOf(where)) return;
  map.cursor = where;
  const cell = cellOf(where);
  const group = map.groups[where.group];
  const option = el('div', {
    role: 'option', id: `cell-${where.group}-${where.at}`, 'aria-selected': String(selected === cell.one), 'aria-posinset': where.at + 1, 'aria-setsize': group.cells.length,
  }, `${cell.one.name}. ${told(cell, group)}.`);
  refill(chart.cells, option);
  chart.cells.setAttribute('aria-activedescendant', option.id);
  const [wide, high] = SIZES[map.size];
  const top = group.top + Math.floor(where.at / group.columns) * (high + gapOf(wide));
  const { box } = chart;
  if (top < box.scrollTop + 4) box.scrollTop = Math.max(0, top - 24);
  else if (top + high > box.scrollTop + box.clientHeight - 4) box.scrollTop = top + high - box.clientHeight + 24;
  draw();
}

/** The next group with cells in a direction. */
function beyond(group, step) {
  let next = group + step;
  while (map.groups[next] && !map.groups[next].cells.length) next += step;
  return map.groups[next] ? next : null;
}

function stepped(key) {
  const { group, at } = map.cursor;
  const { columns, cells } = map.groups[group];
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: cells.length - 1 - at }[key];
  if (key === 'PageDown' || key === 'PageUp') {
    const next = beyond(group, key === 'PageDown' ? 1 : -1);
    return next === null ? map.cursor : { group: next, at: 0 };
  }
  const next = at + by;
  if (next >= 0 && next < cells.length) return { group, at: next };
  const other = beyond(group, by > 0 ? 1 : -1);
  if (other === null) return map.cursor;
  return { group: other, at: by > 0 ? Math.min(at % columns, map.groups[other].cells.length - 1) : map.groups[other].cells.length - 1 };
}

function startMap() {
  const select = byId('group');
  for (const [value, label] of Object.entries(GROUPINGS)) select.append(el('option', { value }, label));
  select.addEventListener('change', () => {
    map.grouping = select.value;
    map.isFitted = true;
    map.cursor = null;
    layOut();
    firstCell();
  });
  const states = [...SEVERITIES].reverse().concat('none', 'unknown');
  const names = { none: 'nothing open', unknown: 'not judged in full' };
  refill(byId('legend'), states.map((state) => el('li', null, mark(state), names[state] || state)));
  const zoom = (by) => () => {
    map.isFitted = by === 0;
    map.size = Math.max(0, Math.min(TILE, map.size + by));
    layOut();
  };
  byId('zoom-in').addEventListener('click', zoom(1));
  byId('zoom-out').addEventListener('click', zoom(-1));
  byId('zoom-fit').addEventListener('click', zoom(0));
  const { box, cells } = chart;
  box.addEventListener('scroll', draw, { passive: true });
  box.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1)();
  }, { passive: false });
  box.addEventListener('mousemove', showTip);
  box.addEventListener('mouseleave', () => { chart.tip.hidden = true; });
  box.addEventListener('click', (event) => {
    const where = pointed(event);
    if (!cellOf(where)) return;
    moveTo(where);
    show(cellOf(where).one, chart.cells);
  });
  cells.addEventListener('focus', () => moveTo(map.cursor || firstCell()));
  cells.addEventListener('blur', draw);
  cells.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (map.cursor) show(cellOf(map.cursor).one, cells);
    } else if (/^(Arrow|Page|Home|End)/.test(event.key) && map.cursor) {
      event.preventDefault();
      moveTo(stepped(event.key));
    } else if (event.key === '+' || event.key === '-') {
      zoom(event.key === '+' ? 1 : -1)();
    }
  });
  new ResizeObserver(() => { if (chart.box.clientWidth !== map.width) layOut(); }).observe(box);
  readColours();
  layOut();
  firstCell();
}

/** The list has to have an option before anybody comes to it. */
function firstCell() {
  const group = map.groups.findIndex((one) => one.cells.length);
  if (group < 0) return refill(chart.cells, el('div', { role: 'option', 'aria-selected': 'false' }, 'no function')) && null;
  const cell = map.groups[group].cells[0];
  refill(chart.cells, el('div', { role: 'option', id: `cell-${group}-0`, 'aria-selected': 'false' }, `${cell.one.name}. ${told(cell, map.groups[group])}.`));
  map.cursor = { group, at: 0 };
  return map.cursor;
}
