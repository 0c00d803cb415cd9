import { formatMoney } from './money.ts';
import type { MonthlyReport } from './monthlyReport.ts';
import { formatFor, monthlyDocument, type ReportFormat, type ReportSection } from './monthlyReportText.ts';
import { formatDay, isUnpriced, spendText, type PanelFormat } from './panelText.ts';
import type { ShareTable } from './shareTable.ts';

/** The report as one file that needs nothing else: no script, nothing from anywhere, light and dark, and on paper. */
export function monthlyHtml(report: MonthlyReport, written: ReportFormat): string {
  const format = formatFor(report, written);
  const { title, lead, figures, sections } = monthlyDocument(report, written);
  const heads = figures.map(
    ({ name, value, notes }) =>
      `<div class="figure"><dt>${escaped(name)}</dt><dd><strong>${escaped(value)}</strong>${notes
        .map(note => `<span>${escaped(note)}</span>`)
        .join('')}</dd></div>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
${lead.map(line => `<p>${escaped(line)}</p>`).join('\n')}
</header>
<dl class="figures">
${heads.join('\n')}
</dl>
${sections.map(section => sectionHtml(section, section.hasChart ? chartSvg(report, format) : '')).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ title, paragraphs, tables }: ReportSection, chart: string): string {
  if (chart === '' && paragraphs.length === 0 && tables.length === 0) return '';
  const parts = tables.filter(({ rows }) => rows.length > 0).map(table => tableHtml(table, tables.length > 1));
  return `<section>
<h2>${escaped(title)}</h2>
${paragraphs.map(text => `<p>${escaped(text)}</p>`).join('\n')}
${chart}${parts.join('\n')}
</section>`;
}

function tableHtml({ title, columns, rows }: ShareTable, hasCaption: boolean): string {
  const mark = (at: number): string => (columns[at]?.isNumber ? ' class="number"' : '');
  const head = columns.map(({ name }, at) => `<th scope="col"${mark(at)}>${escaped(name)}</th>`).join('');
  const lines = rows.map(row => {
    const cells = columns.map((_, at) => {
      const text = escaped(row[at]?.text ?? '');
      return at === 0 ? `<th scope="row">${text}</th>` : `<td${mark(at)}>${text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const caption = hasCaption ? `<caption>${escaped(title)}</caption>` : '';
  return `<div class="wide"><table>${caption}<thead><tr>${head}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

const chart = { width: 900, height: 260, left: 70, top: 14, bottom: 30 } as const;

/** What was spent by day, and beside it what a plan covered: never on top of each other. */
function chartSvg({ days }: MonthlyReport, format: PanelFormat): string {
  const highest = Math.max(0, ...days.flatMap(({ figures }) => [figures.uncoveredNanoUsd, figures.coveredNanoUsd]));
  if (highest === 0) return '';
  const hasCovered = days.some(({ figures }) => figures.coveredNanoUsd > 0);
  const step = (chart.width - chart.left) / days.length;
  const bar = (step * 0.76) / (hasCovered ? 2 : 1);
  const base = chart.height - chart.bottom;
  // Round in the currency that they are written in.
  const perUsd = format.currency?.perUsd ?? 1;
  const ticks = ticksTo(highest * perUsd).map(tick => tick / perUsd);
  const top = ticks.at(-1) ?? highest;
  const y = (amount: number): number => base - (amount / top) * (base - chart.top);
  const grid = ticks.map(
    tick =>
      `<line x1="${chart.left}" x2="${chart.width}" y1="${round(y(tick))}" y2="${round(y(tick))}"/><text x="${chart.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${escaped(formatMoney(tick, format))}</text>`,
  );
  const bars = days.map(({ day, figures }, index) => {
    const left = chart.left + step * (index + 0.12);
    const one = (amount: number, at: number, kind: string): string =>
      amount === 0
        ? ''
        : `<rect class="${kind}" x="${round(left + at * bar)}" y="${round(y(amount))}" width="${round(bar)}" height="${round(base - y(amount))}"/>`;
    const middle = left + step * 0.38;
    const lacks = isUnpriced(figures)
      ? `<path class="lacks" d="M${round(middle)} ${round(y(Math.max(figures.uncoveredNanoUsd, figures.coveredNanoUsd)) - 12)}l4 4-4 4-4-4Z"/>`
      : '';
    const text = `${formatDay(day, format)}: ${spendText(figures, format)}`;
    return `<g><title>${escaped(text)}</title>${one(figures.uncoveredNanoUsd, 0, 'spend')}${one(figures.coveredNanoUsd, 1, 'covered')}${lacks}</g>`;
  });
  const labels = days.flatMap(({ day }, index) =>
    index % 5 === 0
      ? [
          `<text x="${round(chart.left + step * (index + 0.5))}" y="${base + 20}" text-anchor="middle">${Number(day.slice(8))}</text>`,
        ]
      : [],
  );
  const legend = [
    `<li>${swatch('spend')} Spend</li>`,
    ...(hasCovered ? [`<li>${swatch('covered')} Covered by a plan: what the API would have charged</li>`] : []),
    ...(days.some(({ figures }) => isUnpriced(figures))
      ? [
          '<li><svg viewBox="0 0 12 12" aria-hidden="true"><path class="lacks" d="m6 2 4 4-4 4-4-4Z"/></svg> has calls without a price</li>',
        ]
      : []),
  ];
  return `<figure>
<svg viewBox="0 0 ${chart.width} ${chart.height}" role="img" aria-label="Spend by day; the table of each day below has the same numbers">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="covered-ground"/><path d="M-1 1 1-1M0 6 6 0M5 7 7 5" class="hatch"/></pattern></defs>
<g class="axis">${grid.join('')}${labels.join('')}</g>
${bars.join('\n')}
</svg>
<ul class="legend">${legend.join('')}</ul>
</figure>
`;
}

function swatch(kind: string): string {
  return `<svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" class="${kind}"/></svg>`;
}

/** Round amounts from nothing to above an amount. */
function ticksTo(amount: number): number[] {
  const magnitude = 10 ** Math.floor(Math.log10(amount / 4));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * magnitude).find(size => size * 4 >= amount) ?? amount;
  return Array.from({ length: Math.ceil(amount / step) + 1 }, (_, index) => index * step);
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, character => entities[character] ?? '');
}

const style = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #57606a; --line: #d0d7de; --ground: #fff; --spend: #0b62c4; --covered: #5f6b7a; --lacks: #8a5300; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --muted: #9ba6b2; --line: #363d46; --ground: #14181d; --spend: #58a6ff; --covered: #98a4b3; --lacks: #e0a64a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; }
p { margin: .25rem 0; max-width: 46rem; }
header p { color: var(--muted); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.25rem 1.5rem; margin: 1.75rem 0 0; }
.figure dt { color: var(--muted); }
.figure dd { margin: 0; }
.figure strong { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.figure span { display: block; color: var(--muted); font-size: .87rem; }
.wide { overflow-x: auto; }
table { width: 100%; margin: .75rem 0; border-collapse: collapse; font-size: .93rem; }
caption { padding: .25rem 0; text-align: start; font-weight: 600; }
th, td { padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: .87rem; vertical-align: bottom; }
tbody th { overflow-wrap: anywhere; }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead .number { white-space: normal; }
figure { margin: .75rem 0 0; }
figure > svg { display: block; width: 100%; height: auto; }
.axis line { stroke: var(--line); }
.axis text { fill: var(--muted); font-size: 12px; }
.spend { fill: var(--spend); }
.covered { fill: url(#hatch); stroke: var(--covered); }
.covered-ground { fill: var(--ground); }
.hatch { stroke: var(--covered); stroke-width: 1.4; }
.lacks { fill: none; stroke: var(--lacks); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .25rem 0 0; padding: 0; list-style: none; color: var(--muted); font-size: .9rem; }
.legend svg { width: .8rem; height: .8rem; vertical-align: -.08rem; }
@media print {
  :root { --text: #000; --muted: #444; --line: #bbb; --ground: #fff; --spend: #0b62c4; --covered: #555; --lacks: #8a5300; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  tr, figure, .figure { break-inside: avoid; }
  .wide { overflow: visible; }
  .spend, .covered { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
