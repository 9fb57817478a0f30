// Which findings and functions are shown? What is asked for, worked out anew with every change of it.

const filter = { text: '', severities: new Set(), layer: -1, control: -1, place: -1, which: 'open', partly: false, clean: false };
const result = { findings: [], functions: [], isShown: new Uint8Array(functions.length) };
const watchers = [];
let lowered = null;
let ofFunctions = null;

/** Small letters of every text, once. */
function lower() {
  if (lowered) return;
  lowered = data.texts.map((one) => one.toLowerCase());
  ofFunctions = functions.map((one) => [one.arn, one.runtime, one.role, one.vpc, ...one.tags].join('\n').toLowerCase());
}

/** For each word: which texts and which functions have it. */
function words() {
  const asked = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!asked.length) return [];
  lower();
  return asked.map((word) => ({
    texts: Uint8Array.from(lowered, (one) => (one.includes(word) ? 1 : 0)),
    functions: Uint8Array.from(ofFunctions, (one) => (one.includes(word) ? 1 : 0)),
    controls: controls.map((one) => one.id.includes(word) || one.title.toLowerCase().includes(word)),
  }));
}

function says(found, word) {
  return (found.of && word.functions[found.of.index]) || word.texts[found.subject] || word.texts[found.detail] || word.controls[found.control]
    || (found.cause !== null && word.texts[found.cause]) || (found.accepted !== null && word.texts[found.accepted]);
}

function fits(found) {
  if (filter.which === 'open' && found.accepted !== null) return false;
  if (filter.which === 'accepted' && found.accepted === null) return false;
  if (filter.severities.size && !filter.severities.has(found.severity)) return false;
  if (filter.control >= 0 && found.control !== filter.control) return false;
  if (filter.layer >= 0 && controls[found.control].layer !== filter.layer) return false;
  if (filter.place >= 0 && (!found.of || found.of.placeAt !== filter.place)) return false;
  return !(filter.partly || filter.clean) || Boolean(found.of && isAsked(found.of));
}

/** Whether a function is of the kind that is asked for. */
const isAsked = (one) => (!filter.partly || one.partly) && (!filter.clean || one.open === 0);

/** Whether something is asked for that only findings have. */
const asksOfFindings = () => filter.severities.size > 0 || filter.control >= 0 || filter.layer >= 0 || filter.which === 'accepted';

function apply() {
  const begun = performance.now();
  const asked = words();
  const shown = result.isShown.fill(0);
  result.findings = order.filter((index) => {
    const found = findings[index];
    if (!fits(found) || !asked.every((word) => says(found, word))) return false;
    if (found.of) shown[found.of.index] = 1;
    return true;
  });
  if (!asksOfFindings()) {
    for (const one of functions) {
      const here = filter.place < 0 || one.placeAt === filter.place;
      if (here && isAsked(one) && asked.every((word) => word.functions[one.index])) shown[one.index] = 1;
    }
  }
  result.functions = ranked.filter((index) => shown[index]);
  for (const watcher of watchers) watcher();
  performance.measure('filter', { start: begun, end: performance.now() });
}

/** Functions, worst first. */
const ranked = Int32Array.from(functions.keys());
ranked.sort((a, b) => functions[b].worst - functions[a].worst || functions[b].open - functions[a].open
  || functions[b].partly - functions[a].partly || a - b);

const isFiltered = () => Boolean(filter.text || filter.severities.size || filter.layer >= 0 || filter.control >= 0 || filter.place >= 0
  || filter.which !== 'open' || filter.partly || filter.clean);

function resetFilter() {
  Object.assign(filter, { text: '', layer: -1, control: -1, place: -1, which: 'open', partly: false, clean: false });
  filter.severities.clear();
}
