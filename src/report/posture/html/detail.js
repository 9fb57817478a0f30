// One function: how each layer stands, its pictures, its findings with evidence and fix, and what could not be judged of it.

let selected = null;
let opener = null;

/** Opens the panel on a function, or on a finding of it. */
function show(one, from, found) {
  selected = one;
  opener = from || document.activeElement;
  const panel = byId('detail');
  refill(panel, one ? ofFunction(one, found) : ofWatching(found));
  panel.hidden = false;
  document.body.classList.add('with-detail');
  layOut();
  redrawGrids();
  panel.scrollTop = 0;
  panel.focus({ preventScroll: true });
  if (matchMedia('(max-width: 1100px)').matches) panel.scrollIntoView({ block: 'start' });
  const chosen = found && panel.querySelector('.finding.chosen');
  if (chosen) panel.scrollTop = Math.max(0, chosen.offsetTop - 88);
}

function hide() {
  const panel = byId('detail');
  if (panel.hidden) return;
  panel.hidden = true;
  selected = null;
  document.body.classList.remove('with-detail');
  layOut();
  redrawGrids();
  const back = opener && opener.isConnected ? opener : byId('map-cells');
  back.focus();
}

function heading(title, sub, of) {
  const close = el('button', { type: 'button', class: 'close', 'aria-label': 'Close the panel' }, svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    svg('path', { d: 'M3 3l10 10M13 3 3 13' })));
  close.addEventListener('click', hide);
  return el('div', { class: 'heading' }, el('div', null, el('h2', { id: 'detail-title' }, title), el('p', { class: 'arn' }, sub, of && copier(sub, 'the ARN'))), close);
}

const section = (title, ...children) => el('section', null, el('h3', null, title), children);

function ofFunction(one, found) {
  const chips = [
    [one.place.account, 'Account'], [one.place.region, 'Region'], [one.runtime || 'container image or not known', 'Runtime'], [one.vpc || 'no VPC', 'Network'],
  ];
  return [
    heading(one.name, one.arn, true),
    el('p', { class: 'standing' }, one.worst >= 0 ? badge(SEVERITIES[one.worst]) : badge(stateOf(-1, one.partly), one.partly ? 'not judged in full' : 'nothing open'), standing(one)),
    el('dl', { class: 'chips' }, chips.map(([value, term]) => el('div', null, el('dt', null, term), el('dd', null, value))),
      one.tags.map((tag) => el('div', null, el('dt', null, 'Tag'), el('dd', null, tag)))),
    section('Layers', layersOf(one)),
    section('Who can reach what', reachPicture(one)),
    section('Network', networkPicture(one)),
    section('Findings', findingsOf(one, found)),
    section('Not judged', notJudged(one)),
  ];
}

/** Each layer for itself: they do not make up for each other. */
function layersOf(one) {
  return el('ul', { class: 'layers' }, LAYERS.map((label, layer) => {
    const isOwn = layer === LAYERS.length - 1;
    if (isOwn && !one.counts[layer]) return null;
    const state = stateOf(one.layers[layer], one.unsure[layer] > 0);
    const parts = [];
    if (one.counts[layer]) parts.push(`${one.counts[layer]} open, worst ${SEVERITIES[one.layers[layer]]}`);
    if (one.unsure[layer]) parts.push(`${counted(one.unsure[layer], 'question')} not judged`);
    if (!parts.length) parts.push('nothing open');
    return el('li', { class: state }, mark(state), el('span', null, label), el('span', { class: 'sub' }, parts.join('; ')));
  }));
}

function findingsOf(one, chosen) {
  if (!one.findings.length) return el('p', { class: 'none' }, one.partly ? 'None, as far as it could be judged.' : 'None.');
  return LAYERS.map((label, layer) => {
    const here = one.findings.filter((found) => controls[found.control].layer === layer);
    return here.length > 0 && [el('h4', null, label), here.map((found) => findingOf(found, chosen))];
  });
}

function findingOf(found, chosen) {
  const control = controls[found.control];
  const of = found.of;
  const fix = text(found.fix, of);
  const isChosen = found === chosen;
  return el('details', { class: `finding${isChosen ? ' chosen' : ''}`, open: isChosen },
    el('summary', null, badge(SEVERITIES[found.severity]), el('span', { class: 'title' }, control.title, el('code', null, control.id)),
      el('span', { class: 'sub' }, text(found.subject, of), found.qualifier !== null && ` on ${text(found.qualifier, of)}`)),
    el('dl', null,
      el('dt', null, 'Evidence'), el('dd', null, text(found.detail, of)),
      found.accepted !== null && [el('dt', null, 'Accepted'), el('dd', null, text(found.accepted, of))],
      control.risk && [el('dt', null, 'Risk'), el('dd', null, control.risk)],
      el('dt', null, 'Since'), el('dd', null, sinceOf(found)),
      fix && [el('dt', null, 'Fix'), el('dd', null, el('div', { class: 'fix' }, el('pre', { tabindex: 0 }, fix), copier(fix, 'the fix')))],
      control.references.length > 0 && [el('dt', null, 'Read on'), control.references.map((reference) => el('dd', { class: 'reference' }, reference))]));
}

function sinceOf(found) {
  if (!data.hasHistory) return 'not known: no state file was given';
  const cause = found.cause === null ? 'no call that was seen explains it' : `after ${text(found.cause, found.of)}`;
  return `${moment(found.since)}, ${age(found.since, NOW)} ago; ${cause}`;
}

function notJudged(one) {
  const unread = one.unread.map(([facet, why], at) => {
    const without = one.unjudged.filter((row) => row[2] === at).map(([known]) => controls[controlOf(known)].id);
    return el('li', null, mark('unknown'), el('span', null, `The ${text(facet)} could not be read: ${text(why, one)}`,
      without.length > 0 && el('small', null, `left open: ${without.join(', ')}`)));
  });
  const undecided = one.unjudged.filter((row) => row[2] === null)
    .map(([known, why]) => el('li', null, mark('unknown'), el('span', null, el('code', null, controls[controlOf(known)].id), ` ${text(why, one)}`)));
  const all = [...unread, ...undecided];
  return [
    all.length ? el('ul', { class: 'gaps' }, all) : el('p', { class: 'none' }, 'Every question that was asked has an answer.'),
    one.left.length > 0 && el('p', { class: 'hint' }, `Nobody asked for, or its time has not come: ${texts(one.left).join(', ')}.`),
  ];
}

/** Findings about the settings and the watching itself. */
function ofWatching(found) {
  const unjudged = data.ownUnjudged.map(([known, why]) => el('li', null, mark('unknown'), el('span', null, el('code', null, controls[controlOf(known)].id), ` ${text(why)}`)));
  return [
    heading('Settings and monitor', 'What watches, and by which decisions', false),
    section('Findings', own.map((one) => findingOf(one, found))),
    unjudged.length > 0 && section('Not judged', el('ul', { class: 'gaps' }, unjudged)),
  ];
}
