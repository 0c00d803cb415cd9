/** The rows of a CSV file, header included: cells may be quoted and have separators, line ends and quotes inside. */
export function* csvRows(text: string): Generator<string[], undefined> {
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    row.push(cell.value);
    const isRowEnd = text[cell.end] !== ',';
    at = cell.end + (text.startsWith('\r\n', cell.end) ? 2 : 1);
    if (isRowEnd) {
      yield row;
      row = [];
    } else if (at === text.length) {
      row.push('');
    }
  }
  if (row.length > 0) yield row;
  return undefined;
}

interface Cell {
  readonly value: string;
  /** Where the separator or the end of the line is, or of the text. */
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  cellEnd.lastIndex = start;
  const end = cellEnd.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

const cellEnd = /[,\r\n]/g;

/** A quote within is doubled; one that never ends takes the rest of the text. */
function quotedCell(text: string, start: number): Cell {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) return { value: text.slice(start + 1), end: text.length };
  return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: plainCell(text, end + 1).end };
}
