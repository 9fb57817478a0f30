// Long lists: as many rows as can be seen, and arrow keys that walk through all of them.

const ROW = 44;

class Grid {
  /** Columns are `[title, class, (row) => children]`; `open` gets a row, `label` names the grid. */
  constructor(host, { columns, label, open, empty }) {
    Object.assign(this, { columns, open, empty, rows: [], at: 0, count: 0 });
    this.sheet = el('div', { class: 'rows', role: 'rowgroup' });
    this.scroller = el('div', { class: 'scroller' }, this.sheet);
    this.head = el('div', { class: 'head row', role: 'row', 'aria-rowindex': 1 },
      columns.map(([title, kind]) => el('span', { role: 'columnheader', class: kind }, title)));
    this.grid = el('div', { role: 'grid', 'aria-label': label, class: 'grid' }, el('div', { role: 'rowgroup' }, this.head), this.scroller);
    this.nothing = el('p', { class: 'nothing', hidden: true });
    host.append(this.grid, this.nothing);
    this.scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.sheet.addEventListener('keydown', (event) => this.key(event));
    this.sheet.addEventListener('click', (event) => {
      const row = event.target.closest('[data-at]');
      if (row) this.choose(Number(row.dataset.at));
    });
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  /** Takes other rows: their number, and what gives the one at a place. */
  take(count, row) {
    this.count = count;
    this.row = row;
    this.at = 0;
    this.sheet.style.height = `${count * ROW}px`;
    this.scroller.scrollTop = 0;
    this.grid.setAttribute('aria-rowcount', count + 1);
    this.grid.hidden = count === 0;
    this.nothing.hidden = count > 0;
    if (count === 0) refill(this.nothing, this.empty());
    this.draw(true);
  }

  draw(isNew) {
    const height = this.scroller.clientHeight;
    if (!height || !this.count) return;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - 4);
    const last = Math.min(this.count, Math.ceil((this.scroller.scrollTop + height) / ROW) + 4);
    if (!isNew && first === this.first && last === this.last) return;
    const had = this.sheet.contains(document.activeElement);
    Object.assign(this, { first, last });
    const shown = [];
    for (let at = first; at < last; at += 1) shown.push(this.drawn(at));
    // The row under the keys stays where it is even if it is scrolled out of sight.
    if (had && (this.at < first || this.at >= last)) shown.push(this.drawn(this.at));
    this.sheet.replaceChildren(...shown);
    if (had) this.focus();
  }

  drawn(at) {
    const row = this.row(at);
    const isCurrent = at === this.at || (at === this.first && (this.at < this.first || this.at >= this.last));
    const element = el('div', {
      class: `row${row.of && row.of === selected ? ' chosen' : ''}`, role: 'row', 'aria-rowindex': at + 2, 'data-at': at, tabindex: isCurrent ? 0 : -1,
    }, this.columns.map(([, kind, cell]) => el('span', { role: 'gridcell', class: kind }, cell(row))));
    element.style.top = `${at * ROW}px`;
    return element;
  }

  focus() {
    const row = this.sheet.querySelector(`[data-at="${this.at}"]`);
    if (row) row.focus({ preventScroll: true });
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.count, End: this.count }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.choose(Number(event.target.closest('[data-at]').dataset.at));
    } else if (by) {
      event.preventDefault();
      this.at = Math.max(0, Math.min(this.count - 1, Number(event.target.closest('[data-at]').dataset.at) + by));
      this.reveal();
    }
  }

  /** Scrolls the current row into sight, and gives it the keys. */
  reveal() {
    const top = this.at * ROW;
    const { scroller } = this;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW - scroller.clientHeight;
    this.draw(true);
    this.focus();
  }

  /** Rows come and go: it is the grid that is come back to. */
  choose(at) {
    this.at = at;
    this.open(this.row(at), { isConnected: true, focus: () => this.reveal() });
  }
}
