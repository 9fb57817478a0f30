// The map: every function a cell, in groups, worst first. One canvas that draws what can be seen; the arrow keys walk over it.

const GROUPINGS = {
  layer: 'Layer', place: 'Account and Region', role: 'Execution role', vpc: 'Network', runtime: 'Runtime', severity: 'Worst severity',
};
/** Sides of a cell, in pixels; the last are tiles with the function's name. */
const SIZES = [[3, 3], [4, 4], [5, 5], [7, 7], [9, 9], [12, 12], [15, 15], [19, 19], [24, 24], [150, 28]];
const TILE = SIZES.length - 1;
const LABEL = 248;
/** Room for how many are not shown, behind the last cell. */
const REST = 172;
const FITS = 340;
const TALLEST = 460;
/** More groups than this stand side by side, without their names. */
const NAMED_GROUPS = 60;

const map = { grouping: 'layer', size: 0, isFitted: true, groups: [], height: 0, colours: {}, cursor: null, width: 0 };
const chart = { box: byId('map'), sheet: byId('map-sheet'), canvas: byId('map-canvas'), cells: byId('map-cells'), tip: byId('tip') };

/** Between cells of a width. */
const gapOf = (wide) => (wide > 100 ? 6 : wide > 5 ? 2 : 1);

function keyOf(one) {
  switch (map.grouping) {
    case 'place': return one.place.label;
    case 'role': return one.role ? roleName(one.role) : 'role not known';
    case 'vpc': return one.vpc || 'no VPC';
    case 'runtime': return one.runtime || 'container image or not known';
    default: return one.worst < 0 ? (one.partly ? 'nothing open, not judged in full' : 'nothing open') : SEVERITIES[one.worst];
  }
}

/** Groups of cells; a cell is a function with the state that it has in its group. */
function grouped() {
  if (map.grouping === 'layer') return LAYERS.map(ofLayer).filter((group) => group.cells.length || group.rest);
  const groups = new Map();
  for (const index of ranked) {
    const one = functions[index];
    const key = keyOf(one);
    if (!groups.has(key)) groups.set(key, { label: key, cells: [], rest: 0 });
    groups.get(key).cells.push({ one, severity: one.worst, partly: one.partly });
  }
  const all = [...groups.values()];
  if (map.grouping !== 'severity') all.sort((a, b) => b.cells.length - a.cells.length || (a.label < b.label ? -1 : 1));
  return all;
}

/** Of a layer, what is not as it should be: the others are counted. */
function ofLayer(label, layer) {
  const cells = [];
  for (const one of functions) {
    const partly = one.unsure[layer] > 0;
    if (one.layers[layer] >= 0 || partly) cells.push({ one, severity: one.layers[layer], partly });
  }
  cells.sort((a, b) => b.severity - a.severity || b.one.open - a.one.open || a.one.index - b.one.index);
  const isOwn = label === LAYERS[LAYERS.length - 1];
  return { label, cells, rest: isOwn ? 0 : functions.length - cells.length };
}

/** Gives each group its place for cells of one size; answers the height of all. */
function placed(groups, [wide, high], width) {
  const gap = gapOf(wide);
  const isNamed = groups.length <= NAMED_GROUPS;
  let top = 6;
  let left = 8;
  let tallest = 0;
  for (const group of groups) {
    const room = isNamed ? width - LABEL - 16 : Math.min(width - 16, Math.ceil(Math.sqrt(group.cells.length)) * (wide + gap));
    group.columns = Math.max(1, Math.floor((room + gap) / (wide + gap)));
    const rows = Math.ceil(group.cells.length / group.columns);
    group.rows = rows;
    const height = rows * (high + gap);
    if (isNamed) {
      const last = (group.cells.length - Math.max(0, rows - 1) * group.columns) * (wide + gap);
      group.isBehind = last + REST < width - LABEL && (high >= 15 || rows < 2);
      group.behind = group.isBehind ? last : 0;
      group.left = LABEL;
      group.top = top;
      group.height = Math.max(24, height + (group.rest && !group.isBehind ? 18 : 2));
      top += group.height + 7;
    } else {
      const across = Math.min(group.columns, group.cells.length) * (wide + gap);
      if (left + across > width - 8) {
        left = 8;
        top += tallest + 6;
        tallest = 0;
      }
      Object.assign(group, { left, top, height });
      left += across + 6;
      tallest = Math.max(tallest, height);
    }
  }
  return top + tallest + 4;
}

function layOut() {
  map.width = chart.box.clientWidth;
  map.groups = grouped();
  map.isNamed = map.groups.length <= NAMED_GROUPS;
  if (map.isFitted) {
    map.size = TILE;
    while (map.size > 0 && placed(map.groups, SIZES[map.size], map.width) > FITS) map.size -= 1;
  }
  map.height = placed(map.groups, SIZES[map.size], map.width);
  chart.sheet.style.height = `${map.height}px`;
  chart.box.style.height = `${Math.min(TALLEST, map.height)}px`;
  byId('zoom-in').disabled = map.size === TILE;
  byId('zoom-out').disabled = map.size === 0;
  draw();
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of [...SEVERITIES, 'none', 'unknown', 'ink', 'muted', 'line', 'focus', 'surface', 'sunken']) map.colours[name] = style.getPropertyValue(`--${name}`).trim();
}

/** Draws the part that is scrolled to. */
function draw() {
  const { box, canvas } = chart;
  const scale = window.devicePixelRatio || 1;
  const height = box.clientHeight;
  if (canvas.width !== Math.round(map.width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(map.width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${map.width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, map.width, height);
  pen.translate(0, -box.scrollTop);
  for (const group of map.groups) {
    if (group.top + group.height >= box.scrollTop - 30 && group.top <= box.scrollTop + height + 30) drawGroup(pen, group, height);
  }
}

function drawGroup(pen, group, height) {
  const [wide, high] = SIZES[map.size];
  const gap = gapOf(wide);
  if (map.isNamed) drawLabel(pen, group);
  const first = Math.max(0, Math.floor((chart.box.scrollTop - group.top) / (high + gap)) * group.columns);
  const last = Math.min(group.cells.length, Math.ceil((chart.box.scrollTop + height - group.top) / (high + gap)) * group.columns);
  for (let at = first; at < last; at += 1) {
    const x = group.left + (at % group.columns) * (wide + gap);
    const y = group.top + Math.floor(at / group.columns) * (high + gap);
    drawCell(pen, group.cells[at], [x, y, wide, high]);
  }
  if (map.cursor && map.groups[map.cursor.group] === group && document.activeElement === chart.cells) {
    const x = group.left + (map.cursor.at % group.columns) * (wide + gap);
    const y = group.top + Math.floor(map.cursor.at / group.columns) * (high + gap);
    pen.strokeStyle = map.colours.focus;
    pen.lineWidth = 2;
    pen.strokeRect(x - 2, y - 2, wide + 4, high + 4);
  }
}

/** The first line of a group: beside a tile in its middle. */
const labelLine = () => Math.max(15, SIZES[map.size][1] / 2 + 4);

function drawLabel(pen, group) {
  pen.textBaseline = 'alphabetic';
  pen.textAlign = 'left';
  pen.fillStyle = map.colours.ink;
  pen.font = '600 12px system-ui, sans-serif';
  pen.fillText(shortened(pen, group.label, LABEL - 66), 14, group.top + labelLine());
  pen.fillStyle = map.colours.muted;
  pen.font = '12px system-ui, sans-serif';
  pen.textAlign = 'right';
  pen.fillText(group.cells.length.toLocaleString('en'), LABEL - 16, group.top + labelLine());
  pen.textAlign = 'left';
  if (group.rest) {
    const [wide, high] = SIZES[map.size];
    const line = group.top + (group.rows - 1) * (high + gapOf(wide));
    const under = group.isBehind ? Math.max(line + high / 2 + 4, group.top + 4) : group.top + group.height - 4;
    pen.fillText(`${group.cells.length ? '+ ' : ''}${group.rest.toLocaleString('en')} with nothing open`, LABEL + group.behind + (group.behind ? 8 : 0), group.rows ? under : group.top + labelLine());
  }
}

const widths = new Map();
function shortened(pen, text, room) {
  const key = `${room} ${pen.font} ${text}`;
  if (!widths.has(key)) {
    let shown = text;
    while (shown.length > 3 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`.replace('……', '…');
    if (widths.size > 20000) widths.clear();
    widths.set(key, shown);
  }
  return widths.get(key);
}

const paths = new Map(Object.entries(MARKS).map(([name, path]) => [name, new Path2D(path)]));

function drawCell(pen, { one, severity, partly }, [x, y, wide, high]) {
  const state = stateOf(severity, partly);
  pen.globalAlpha = result.isShown[one.index] ? 1 : 0.13;
  if (map.size === TILE) return drawTile(pen, one, state, [x, y, wide, high]);
  pen.fillStyle = map.colours[state];
  // The milder, the smaller: size says it, too.
  const share = severity < 0 ? 0.42 : 0.55 + 0.45 * (severity / WORST);
  const side = Math.max(2, Math.round(wide * (wide > 4 ? share : 1)));
  const inset = (wide - side) / 2;
  if (wide >= 15 && state !== 'none') {
    pen.save();
    pen.translate(x + 1, y + 1);
    pen.scale((wide - 2) / 16, (wide - 2) / 16);
    pen.fill(paths.get(state), 'evenodd');
    pen.restore();
  } else {
    pen.fillRect(x + inset, y + inset, side, side);
  }
  if (partly && severity >= 0 && wide >= 7) {
    pen.strokeStyle = map.colours.unknown;
    pen.lineWidth = 1;
    pen.strokeRect(x - 0.5, y - 0.5, wide + 1, high + 1);
  }
  if (selected === one) ring(pen, x, y, wide, high);
  pen.globalAlpha = 1;
}

function drawTile(pen, one, state, [x, y, wide, high]) {
  pen.fillStyle = map.colours.sunken;
  pen.beginPath();
  pen.roundRect(x, y, wide, high, 6);
  pen.fill();
  pen.fillStyle = map.colours[state];
  pen.fillRect(x, y + 5, 3, high - 10);
  pen.save();
  pen.translate(x + 11, y + high / 2 - 6);
  pen.scale(0.75, 0.75);
  pen.fill(paths.get(state), 'evenodd');
  pen.restore();
  pen.fillStyle = map.colours.ink;
  pen.font = '12px system-ui, sans-serif';
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  pen.fillText(shortened(pen, one.name, wide - 38), x + 30, y + high / 2 + 0.5);
  if (selected === one) ring(pen, x, y, wide, high);
  pen.globalAlpha = 1;
}

function ring(pen, x, y, wide, high) {
  pen.globalAlpha = 1;
  pen.strokeStyle = map.colours.ink;
  pen.lineWidth = 2;
  pen.strokeRect(x - 1, y - 1, wide + 2, high + 2);
}
