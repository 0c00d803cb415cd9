import type { ShareTable } from '../../src/core/shareTable.ts';

/** The tables of a tab as one reads them, where the view has none of its own to take along. */
export function tablesOnPage(): readonly ShareTable[] {
  return [...document.querySelectorAll('main table')].flatMap((table): ShareTable[] => {
    const [head, ...lines] = [...table.querySelectorAll('tr')];
    const rows = lines.filter(line => line.closest('thead') === null);
    if (!head || rows.length === 0) return [];
    return [
      {
        title: titleOf(table),
        columns: cellsOf(head).map(cell => ({ name: textOf(cell), isNumber: cell.classList.contains('number') })),
        rows: rows.map(row => cellsOf(row).map(cell => ({ text: textOf(cell) }))),
      },
    ];
  });
}

/** The heading above a part of the page. */
export function titleOf(element: Element): string {
  const heading = element.closest('section')?.querySelector('h2, h3');
  return heading ? textOf(heading) : 'Table';
}

function cellsOf(row: Element): readonly Element[] {
  return [...row.querySelectorAll(':scope > th, :scope > td')];
}

/** As one reads it: what stands below another in a cell is a part of its own. */
export function textOf(element: Element): string {
  const parts: string[] = [];
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.parentElement?.closest('.sub, .tile-line') && parts.length > 0) parts.push(' · ');
    parts.push(node.textContent ?? '');
  }
  return parts.join('').replace(/\s+/g, ' ').trim();
}
