// Pictures of one function: who reaches it and what it reaches, and by which ways its calls leave the network.
// The boxes are lists that can be read and walked through; only the lines between them are drawn.

const AT_FIRST = 10;

/** Boxes in columns, and lines between them: `[from, to, class, title]` by the boxes' elements. */
function picture(columns, lines, label) {
  const sheet = svg('svg', { class: 'lines', 'aria-hidden': 'true' });
  const host = el('div', { class: `picture across-${columns.length}`, role: 'group', 'aria-label': label }, sheet, columns.map((column) => el('div', { class: 'column' }, column)));
  const drawLines = () => {
    const box = host.getBoundingClientRect();
    if (!box.width) return;
    sheet.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`);
    refill(sheet, lines().filter(([from, to]) => from.offsetParent && to.offsetParent).map(([from, to, kind]) => {
      const a = from.getBoundingClientRect();
      const b = to.getBoundingClientRect();
      const isBelow = Math.abs(a.left - b.left) < 40;
      const [x1, y1] = isBelow ? [a.left + a.width / 2 - box.left, a.bottom - box.top] : [a.right - box.left, a.top + Math.min(a.height / 2, 22) - box.top];
      const [x2, y2] = isBelow ? [b.left + b.width / 2 - box.left, b.top - box.top] : [b.left - box.left, b.top + Math.min(b.height / 2, 22) - box.top];
      const bend = (x2 - x1) / 2;
      const path = isBelow ? `M${x1} ${y1}L${x2} ${y2}` : `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
      return svg('path', { d: path, class: `line ${kind}` });
    }));
  };
  new ResizeObserver(drawLines).observe(host);
  host.addEventListener('toggle', drawLines, true);
  host.addEventListener('more', drawLines);
  return host;
}

/** A list of boxes of which the first are shown. */
function boxes(title, all) {
  const list = el('ul', { class: 'boxes' }, all);
  if (all.length <= AT_FIRST + 2) return [el('h4', null, title), list];
  for (const box of all.slice(AT_FIRST)) box.hidden = true;
  const more = el('button', { type: 'button', class: 'more' }, `Show ${all.length - AT_FIRST} more`);
  more.addEventListener('click', () => {
    for (const box of all) box.hidden = false;
    more.remove();
    list.dispatchEvent(new Event('more', { bubbles: true }));
  });
  return [el('h4', null, title), list, more];
}

const facts = (pairs) => el('dl', null, pairs.filter(([, all]) => all.length).map(([term, all]) => [el('dt', null, term), all.map((one) => el('dd', null, one))]));

/** Ways in of one caller, put together. */
function callersOf(rows, of) {
  const byWho = new Map();
  for (const [tier, what, certainty, who, qualifier, by, why] of rows) {
    const name = text(who, of);
    if (!byWho.has(name)) byWho.set(name, { name, tier, ways: [] });
    byWho.get(name).ways.push({ tier, what, certainty, qualifier: text(qualifier, of), by: texts(by, of), why: text(why, of) });
  }
  return [...byWho.values()];
}

const SURE = { proved: 'proved', conditional: 'under conditions', 'cannot-tell': 'cannot tell', never: 'can never be used' };
const surest = (ways) => ['proved', 'conditional', 'cannot-tell', 'never'].find((sure) => ways.some((way) => way.certainty === sure));

function callerBox(caller, verb) {
  const isOutside = OUTSIDE.has(caller.tier);
  const sure = surest(caller.ways);
  const doing = verb || [...new Set(caller.ways.map((way) => WHATS[way.what]))].join(', ');
  const box = el('li', { class: `box ${sure}${isOutside && sure !== 'never' ? ' outside' : ''}` },
    el('details', null,
      el('summary', null, el('span', { class: 'who' }, caller.name), el('span', { class: 'sub' }, doing),
        el('span', { class: 'tags' }, el('span', { class: 'tag' }, TIERS[caller.tier]), sure !== 'proved' && el('span', { class: 'tag' }, SURE[sure]))),
      caller.ways.map((way) => facts([
        [`${verb || WHATS[way.what]}${way.qualifier ? ` (${way.qualifier})` : ''}, ${SURE[way.certainty]}, by`, way.by],
        ['because', way.why ? [way.why] : []],
      ]))));
  return { box, kind: `${sure}${isOutside ? ' outside' : ''}`, isLine: sure !== 'never' };
}

/** An ARN without what every ARN has. */
const shortArn = (arn) => (arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') || arn : arn);

function serviceBox([service, actions, resources, by, content, secrets, why]) {
  const flags = [];
  if (secrets.length) flags.push('secrets beyond named ones');
  if (content.length) flags.push('data beyond named resources');
  if (why !== null && !by.length) flags.push('cannot tell');
  const on = texts(resources);
  const box = el('li', { class: `box service${flags.length ? ' wide' : ''}` },
    el('details', null,
      el('summary', null, el('span', { class: 'who' }, text(service)), el('span', { class: 'sub' }, on.length === 1 ? shortArn(on[0]) : counted(on.length, 'resource pattern')),
        flags.length > 0 && el('span', { class: 'tags' }, flags.map((flag) => el('span', { class: 'tag' }, flag)))),
      facts([['may', texts(actions)], ['on', on], ['by', texts(by)], ['secrets', texts(secrets)], ['data', texts(content)], ['not decided', why === null ? [] : [text(why)]]])));
  return { box, kind: `${why !== null && !by.length ? 'cannot-tell' : 'proved'}${flags.length ? ' wide' : ''}` };
}

/** Callers, the function with its role, and what the role reaches. */
function reachPicture(one) {
  const known = data.callers[one.callers];
  const reach = data.roles[one.reach];
  const callers = callersOf(known.ways, one).map((caller) => callerBox(caller));
  const assumers = callersOf(reach.assumers, null).map((caller) => callerBox(caller, 'may assume the role'));
  const services = reach.administrator ? [] : reach.services.map(serviceBox);
  const everything = reach.administrator && el('li', { class: 'box wide' }, el('span', { class: 'who' }, 'everything'),
    el('span', { class: 'sub' }, 'every action on every resource: the role is an administrator'));
  const itself = el('div', { class: 'box itself' }, el('span', { class: 'who' }, one.name), el('span', { class: 'sub' }, one.runtime || 'container image'));
  const role = el('div', { class: 'box role' }, el('span', { class: 'who' }, one.role ? roleName(one.role) : 'role not known'), el('span', { class: 'sub' }, 'execution role'),
    el('span', { class: 'tags' }, reach.bounded && el('span', { class: 'tag' }, 'within a boundary'), reach.administrator && el('span', { class: 'tag' }, 'administrator'),
      reach.escalations.length > 0 && el('span', { class: 'tag' }, 'can escalate')),
    reach.escalations.length > 0 && el('details', null, el('summary', null, counted(reach.escalations.length, 'way to more permissions', 'ways to more permissions')),
      el('ul', null, texts(reach.escalations).map((way) => el('li', null, way)))));
  const left = [
    callers.length ? boxes('Who reaches it', callers.map((caller) => caller.box)) : [el('h4', null, 'Who reaches it'), el('p', { class: 'none' }, 'Nobody by its own policies, URLs and event sources.')],
    known.more > 0 && el('p', { class: 'none' }, `and ${counted(known.more, 'more way')} in`),
    assumers.length > 0 && boxes('Who takes on its role', assumers.map((caller) => caller.box)),
  ];
  const right = everything ? [el('h4', null, 'What it reaches'), el('ul', { class: 'boxes' }, everything)]
    : services.length ? boxes('What it reaches', services.map((service) => service.box))
      : [el('h4', null, 'What it reaches'), el('p', { class: 'none' }, reach.unjudged.length ? 'Not known.' : 'Nothing by its role’s policies.')];
  const lines = () => [
    ...callers.filter((caller) => caller.isLine).map((caller) => [caller.box, itself, caller.kind]),
    ...assumers.filter((caller) => caller.isLine).map((caller) => [caller.box, role, caller.kind]),
    [itself, role, 'proved'],
    ...services.map((service) => [role, service.box, service.kind]),
    ...(everything ? [[role, everything, 'proved wide']] : []),
  ];
  const unjudged = [...texts(known.unjudged, one), ...texts(reach.unjudged)];
  return [
    picture([left, [el('h4', null, 'Function'), itself, role], right], lines, 'Who reaches the function, and what its role reaches'),
    unjudged.length > 0 && el('ul', { class: 'gaps' }, unjudged.map((why) => el('li', null, mark('unknown'), why))),
    el('p', { class: 'hint' }, 'A whole line is proved, a dashed one depends on conditions, a dotted one could not be decided; red comes from outside the trust set or is wider than named resources. Roles and users of the account whose own policies let them in are not drawn.'),
  ];
}

const ANSWERS = [['way', 'way', 'none'], ['no-way', 'no way', 'critical'], ['blocked', 'blocked', 'high'], ['cannot-judge', 'cannot judge', 'unknown']];

/** Subnets, the ways out, and what is reached by them. */
function networkPicture(one) {
  if (one.network === null) return [el('p', { class: 'none' }, 'In no VPC: nothing stands between it and AWS’s services.')];
  if (Array.isArray(one.network)) return [el('ul', { class: 'gaps' }, el('li', null, mark('unknown'), text(one.network[0], one)))];
  const known = data.networks[one.network];
  if (!known.needs.length) return [el('p', { class: 'none' }, `In ${one.vpc}. No service is needed, as far as role, environment and layers tell.`)];
  const subnets = texts(known.subnets).map((name) => el('li', { class: 'box' }, el('span', { class: 'who' }, name)));
  const ways = new Map();
  const groups = new Map();
  for (const need of known.needs) {
    const key = JSON.stringify(need[3].map(([outcome, via]) => [outcome, via]));
    if (!groups.has(key)) groups.set(key, { needs: [], answers: need[3] });
    groups.get(key).needs.push(need);
  }
  const through = (outcome, via) => {
    const name = via === null ? ANSWERS[outcome][1] : text(via);
    if (!ways.has(name)) {
      const kind = via === null ? ANSWERS[outcome][0] : 'via';
      ways.set(name, el('li', { class: `box ${kind}` }, el('span', { class: 'who' }, via === null && mark(ANSWERS[outcome][2]), name)));
    }
    return ways.get(name);
  };
  const drawn = [];
  const reached = [...groups.values()].map(({ needs, answers }) => {
    const box = el('li', { class: 'box' }, el('span', { class: 'who' }, needs.map((need) => text(need[0])).join(', ')));
    answers.forEach(([outcome, via], at) => {
      const way = through(outcome, via);
      drawn.push([subnets[at], way, ANSWERS[outcome][0]], [way, box, ANSWERS[outcome][0]]);
    });
    return box;
  });
  const column = (title, all) => [el('h4', null, title), el('ul', { class: 'boxes' }, all)];
  return [
    picture([column(`Subnets of ${one.vpc}`, subnets), column('Ways out', [...ways.values()]), column('Services', reached)], () => drawn, 'By which ways the function reaches the services that it needs'),
    networkTable(known),
    known.more > 0 && el('p', { class: 'hint' }, `and ${counted(known.more, 'more service')}`),
  ];
}

function networkTable(known) {
  const cell = ([outcome, , said]) => el('td', null, el('span', { class: `answer ${ANSWERS[outcome][0]}` }, mark(ANSWERS[outcome][2]), ANSWERS[outcome][1]), el('small', null, text(said).replace(/^(no way|cannot judge): /, '')));
  return el('div', { class: 'wide-table', tabindex: 0, role: 'region', 'aria-label': 'Each service from each subnet' }, el('table', null,
    el('thead', null, el('tr', null, el('th', { scope: 'col' }, 'Service'), texts(known.subnets).map((name) => el('th', { scope: 'col' }, name)))),
    el('tbody', null, known.needs.map(([service, isCertain, because, answers]) => el('tr', null,
      el('th', { scope: 'row' }, text(service), el('small', null, `${isCertain ? 'certain' : 'possible'}: ${text(because)}`)), answers.map(cell))))));
}
