import { textOf, titleOf } from './shareTables.ts';

/** A chart that is seen now. */
export interface ChartOnPage {
  readonly title: string;
  /** What stands below its heading, to be read with it. */
  readonly notes: readonly string[];
  readonly svg: SVGSVGElement;
}

/** Smaller drawings are icons and swatches. */
const leastWidth = 200;
const leastHeight = 60;

/** The charts of the tab, from the top. */
export function chartsOnPage(): readonly ChartOnPage[] {
  const charts = [...document.querySelectorAll<SVGSVGElement>('main svg')].filter(({ clientWidth, clientHeight }) => {
    return clientWidth >= leastWidth && clientHeight >= leastHeight;
  });
  return charts.map(svg => ({
    title: titleOf(svg),
    notes: [...(svg.closest('section')?.querySelectorAll('.block-head p') ?? [])].map(textOf),
    svg,
  }));
}

export interface LegendItem {
  readonly swatch: SVGSVGElement | undefined;
  readonly text: string;
}

/** What stands below the chart to tell its marks apart. */
export function legendOf({ svg }: ChartOnPage): readonly LegendItem[] {
  return [...(svg.closest('section')?.querySelectorAll('.legend li') ?? [])].map(item => ({
    swatch: item.querySelector('svg') ?? undefined,
    text: [...item.querySelectorAll('.legend-name, .number')].map(textOf).join('  ') || textOf(item),
  }));
}

export interface PictureOptions {
  readonly title: string;
  readonly notes: readonly string[];
  readonly legend: readonly LegendItem[];
  /** What a text of the chart is in the picture: names may have to stay here. */
  readonly textOf: (text: string) => string;
}

const space = 24;
const titleSize = 18;
const noteSize = 12;
const noteLine = 18;
const swatchSize = 12;
const legendLine = 22;
/** Sharp on screens that have two pixels where others have one. */
const density = 2;

/**
 * A chart with its title, legend and notes in the colours of the theme, as PNG. It is drawn from a copy in which every
 * element has its style itself: a picture knows no style sheet.
 */
export async function pictureOf({ svg }: ChartOnPage, options: PictureOptions): Promise<Blob> {
  const theme = getComputedStyle(document.body);
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  const width = svg.clientWidth + 2 * space;
  const room = width - 2 * space;
  const ground = theme.getPropertyValue('--vscode-editor-background').trim() || theme.backgroundColor;
  const family = theme.fontFamily;
  pen.font = `${String(noteSize)}px ${family}`;
  const notes = options.notes.flatMap(note => wrapped(options.textOf(note), room, text => pen.measureText(text).width));
  const legend = legendRows(options, room, text => pen.measureText(text).width);
  const chartTop = space + titleSize + 8 + notes.length * noteLine + 8;
  const legendTop = chartTop + svg.clientHeight + 12;
  const height = legendTop + legend.length * legendLine + space;

  const picture = element('svg', { width, height });
  picture.append(element('rect', { width, height, fill: ground }));
  const words = (text: string, x: number, y: number, more: Record<string, string | number>): SVGElement => {
    const node = element('text', { x, y, 'font-family': family, 'font-size': noteSize, fill: theme.color, ...more });
    node.textContent = text;
    return node;
  };
  const bold = { 'font-size': titleSize, 'font-weight': 600 };
  picture.append(words(options.textOf(options.title), space, space + titleSize - 4, bold));
  notes.forEach((note, index) =>
    picture.append(words(note, space, space + titleSize + 8 + (index + 0.75) * noteLine, { opacity: 0.8 })),
  );
  picture.append(placed(svg, { x: space, y: chartTop, width: svg.clientWidth, height: svg.clientHeight }, options));
  for (const [row, items] of legend.entries()) {
    for (const { item, x } of items) {
      const y = legendTop + row * legendLine;
      const at = { x: space + x, y, width: swatchSize, height: swatchSize };
      if (item.swatch) picture.append(placed(item.swatch, at, options));
      picture.append(words(item.text, space + x + (item.swatch ? swatchSize + 6 : 0), y + swatchSize - 2, {}));
    }
  }
  const image = await loaded(
    `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(picture))}`,
  );
  canvas.width = width * density;
  canvas.height = height * density;
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png');
  });
}

function element(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, String(value));
  }
  return made;
}

/** What of an element's style is seen in a drawing; as attributes, which need no style sheet. */
const styles = [
  'fill',
  'fill-opacity',
  'fill-rule',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'visibility',
  'display',
] as const;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A copy of a drawing with its own style, at some place of another. */
function placed(svg: SVGSVGElement, { x, y, width, height }: Place, { textOf }: Pick<PictureOptions, 'textOf'>): Node {
  const copy = svg.cloneNode(true) as SVGSVGElement; // what is copied is of the same kind
  copyStyle(svg, copy);
  addMissing(copy);
  for (const node of copy.querySelectorAll('text, tspan')) {
    if (node.childElementCount === 0) node.textContent = textOf(node.textContent);
  }
  copy.querySelectorAll('title').forEach(title => title.remove());
  if (!copy.hasAttribute('viewBox')) copy.setAttribute('viewBox', `0 0 ${String(width)} ${String(height)}`);
  for (const [key, value] of Object.entries({ x, y, width, height })) copy.setAttribute(key, String(value));
  return copy;
}

/** Fills that stand in another drawing of the page are taken along. */
function addMissing(copy: SVGSVGElement): void {
  const wanted = new Set([...copy.outerHTML.matchAll(/url\((?:&quot;|["'])?#([^"')&]+)/g)].map(([, id]) => id ?? ''));
  for (const id of wanted) {
    const original = document.getElementById(id);
    if (copy.querySelector(`[id="${CSS.escape(id)}"]`) || !(original instanceof SVGElement)) continue;
    const added = original.cloneNode(true) as SVGElement; // what is copied is of the same kind
    copyStyle(original, added);
    copy.prepend(added);
  }
}

function copyStyle(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of styles) {
    const value = style.getPropertyValue(name);
    if (value !== '') to.setAttribute(name, value);
  }
  for (const name of ['class', 'style', 'tabindex', 'role', 'aria-label', 'aria-hidden']) to.removeAttribute(name);
  [...from.children].forEach((child, index) => {
    const copied = to.children[index];
    if (copied) copyStyle(child, copied);
  });
}

type WidthOf = (text: string) => number;

/** A text in lines that are no longer than that. */
function wrapped(text: string, room: number, widthOf: WidthOf): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The items of the legend in rows, each with where it begins. */
function legendRows(
  { legend, textOf: shown }: PictureOptions,
  room: number,
  widthOf: WidthOf,
): readonly (readonly { readonly item: LegendItem; readonly x: number }[])[] {
  const rows: { item: LegendItem; x: number }[][] = [];
  let x = 0;
  for (const { swatch, text } of legend) {
    const item = { swatch, text: shown(text) };
    const width = (swatch ? swatchSize + 6 : 0) + widthOf(item.text) + space;
    const row = rows.at(-1);
    if (!row || x + width > room + space) {
      rows.push([{ item, x: 0 }]);
      x = width;
    } else {
      row.push({ item, x });
      x += width;
    }
  }
  return rows;
}

async function loaded(source: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}
