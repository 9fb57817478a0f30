// What the page knows: the rows of the document, read into functions and findings.

const data = JSON.parse(byId('data').textContent);
const NOW = Date.parse(data.at) / 1000;
const SEVERITIES = data.severities;
const WORST = SEVERITIES.length - 1;
const LAYERS = data.layers;
const WHATS = { change: 'can change it', 'invoke-url': 'can call its URL', invoke: 'can invoke it', read: 'can read it', feed: 'feeds it' };
const TIERS = {
  anonymous: 'anyone on the internet', 'any-principal': 'any AWS account', 'any-source': 'anyone’s resource',
  'reclaimable-source': 'a name that others could take', 'foreign-organization': 'a foreign organization', external: 'outside the trust set',
  trusted: 'trusted', organization: 'own organization', 'own-account': 'own account', nobody: 'nobody',
};
const OUTSIDE = new Set(['anonymous', 'any-principal', 'any-source', 'reclaimable-source', 'foreign-organization', 'external']);

const controls = data.controls.map(([id, title, layer, severity, risk, references]) => ({ id, title, layer, severity, risk, references }));
const retired = new Map();

/** The number of a control; one that is not asked any more comes by its id. */
function controlOf(known) {
  if (typeof known === 'number') return known;
  const [id, layer] = known;
  if (!retired.has(id)) {
    retired.set(id, controls.push({ id, title: 'A control that is not asked any more', layer, severity: 0, risk: '', references: [] }) - 1);
  }
  return retired.get(id);
}

const places = data.places.map(([account, region, partition]) => ({ account, region, partition, label: `${account} ${region}` }));

/** A text by its number, with the function's own name and ARN where they belong. */
function text(number, of) {
  if (number === null || number === undefined) return '';
  const plain = data.texts[number];
  if (!of || (!plain.includes('\u0001') && !plain.includes('\u0002'))) return plain;
  return plain.replaceAll('\u0001', of.arn).replaceAll('\u0002', of.name);
}
const texts = (numbers, of) => numbers.map((number) => text(number, of));

/** Findings, one after the other: those of functions first, those about the settings and the watching last. */
const findings = [];
const finding = (row, of) => ({
  control: controlOf(row[0]), severity: row[1], subject: row[2], detail: row[3], fix: row[4], since: row[5],
  cause: row[6], accepted: row[7], qualifier: row[8], of,
});

const functions = data.functions.map((row, index) => {
  const place = places[row[1]];
  const one = {
    index, name: row[0], place, placeAt: row[1], arn: `arn:${place.partition}:lambda:${place.region}:${place.account}:function:${row[0]}`,
    runtime: text(row[2]), role: text(row[3]), vpc: text(row[4]), tags: texts(row[5]), unread: row[7], unjudged: row[8],
    left: row[9], callers: row[10], reach: row[11], network: row[12], findings: [],
    worst: -1, open: 0, accepted: 0, layers: new Int8Array(LAYERS.length).fill(-1), counts: new Uint16Array(LAYERS.length),
    unsure: new Uint16Array(LAYERS.length),
  };
  for (const found of row[6]) {
    const read = finding(found, one);
    one.findings.push(read);
    findings.push(read);
    if (read.accepted !== null) {
      one.accepted += 1;
      continue;
    }
    const layer = controls[read.control].layer;
    one.open += 1;
    one.counts[layer] += 1;
    one.worst = Math.max(one.worst, read.severity);
    one.layers[layer] = Math.max(one.layers[layer], read.severity);
  }
  for (const [control] of one.unjudged) one.unsure[controls[controlOf(control)].layer] += 1;
  one.partly = one.unread.length > 0 || one.unjudged.length > 0;
  return one;
});
const own = data.own.map((row) => finding(row, null));
findings.push(...own);
findings.forEach((found, index) => { found.index = index; });

/** Worst first, then by control and function. */
const order = Int32Array.from(findings.keys());
order.sort((a, b) => findings[b].severity - findings[a].severity || findings[a].control - findings[b].control || a - b);

const roleName = (arn) => arn.split('/').pop() || 'no role that is known';
const stateOf = (severity, partly) => (severity >= 0 ? SEVERITIES[severity] : partly ? 'unknown' : 'none');
const nameOf = (found) => (found.of ? found.of.name + (found.qualifier === null ? '' : `:${text(found.qualifier, found.of)}`) : 'settings and monitor');

/** How a function stands, in words. */
function standing(one) {
  const parts = [];
  if (one.open) parts.push(`${counted(one.open, 'open finding')}, worst ${SEVERITIES[one.worst]}`);
  else parts.push('no open finding');
  if (one.accepted) parts.push(`${one.accepted} accepted`);
  if (one.partly) parts.push('not judged in full');
  return parts.join('; ');
}
