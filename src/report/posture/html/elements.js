// Elements, from texts alone: nothing that others wrote is ever read as markup.

const SVG = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

/** An element with attributes and children; children are elements or texts. */
function el(tag, attributes, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
function svg(tag, attributes, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.setAttribute('class', value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

function refill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

const counted = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many || one + 's'}`;

/** A day, or a moment, as it is in UTC. */
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const moment = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';

/** How long something has been so, in the largest unit that says something. */
function age(from, to) {
  const hours = Math.max(0, to - from) / 3600;
  if (hours < 1) return 'less than an hour';
  if (hours < 48) return counted(Math.floor(hours), 'hour');
  return counted(Math.floor(hours / 24), 'day');
}

/** The mark of a severity: a form for each, so that colour is never alone in saying it. */
const MARKS = {
  critical: 'M8 .5 15.500 8 8 15.500.5 8z',
  high: 'M8 1 15.500 14.500H.5z',
  medium: 'M2 2h12v12H2z',
  low: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z',
  informational: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 2.400a3.600 3.600 0 1 0 0 7.200 3.600 3.600 0 0 0 0-7.200z',
  none: 'm2.500 8.500 1.700-1.700 2.600 2.600 5.300-5.600 1.700 1.600-7 7.500z',
  unknown: 'M5 5.500C5 3.600 6.300 2.500 8.100 2.500S11.200 3.500 11.200 5.200c0 2.200-2.300 2.400-2.300 4.300H7.100c0-2.700 2.200-2.900 2.200-4.200 0-.7-.5-1.100-1.200-1.100-.8 0-1.200.5-1.200 1.300zM7 11h2.100v2.200H7z',
};

function mark(severity) {
  return svg('svg', { class: `mark-of ${severity}`, viewBox: '0 0 16 16', width: 12, height: 12, 'aria-hidden': 'true' },
    svg('path', { d: MARKS[severity], 'fill-rule': 'evenodd' }));
}

/** A severity in words, behind its mark. */
const badge = (severity, text) => el('span', { class: `badge ${severity}` }, mark(severity), text || severity);

/** A button that copies a text, and says so. */
function copier(text, what) {
  const button = el('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${what}` }, 'Copy');
  button.addEventListener('click', async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copiedByHand(text);
    }
    button.textContent = done ? 'Copied' : 'Not copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
  return button;
}

/** Where the page has no right to the clipboard. */
function copiedByHand(text) {
  const area = el('textarea', { 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
