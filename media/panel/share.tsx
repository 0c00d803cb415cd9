import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PanelView } from '../../src/core/panel.ts';
import {
  aliased,
  csvText,
  projectAliases,
  withoutProjects,
  type ProjectAliases,
  type ShareTable,
} from '../../src/core/shareTable.ts';
import { fileNameFor, markdownDocument, shareHead, shareTables } from '../../src/core/shareViews.ts';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage, type Page } from './page.ts';
import './share.css';
import { chartsOnPage, legendOf, pictureOf, type ChartOnPage } from './sharePicture.ts';
import { tablesOnPage } from './shareTables.ts';

/** Takes along what the tab shows: a chart as a picture, a table as Markdown or CSV. */
export function Share() {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    box.current?.querySelector<HTMLElement>('select, button.secondary')?.focus();
    const onPointerDown = (event: PointerEvent): void => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [isOpen]);
  return (
    <div
      ref={box}
      class="share-menu"
      onKeyDown={event => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        ref={button}
        type="button"
        class="secondary with-icon"
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="share" /> Share
      </button>
      {isOpen && <Choices close={close} />}
    </div>
  );
}

/** What can be taken along, by the value of its option. */
interface Shareable {
  readonly charts: readonly ChartOnPage[];
  readonly tables: readonly ShareTable[];
}

/** Asked of the page as it is now: a chart that is shown as a table is a table. */
function shareableOf({ view, format }: Page, shown: PanelView): Shareable {
  const charts = view.shows === 'nothing' ? [] : chartsOnPage();
  const known = shareTables(shown, format);
  return { charts, tables: known.length > 0 || view.shows === 'nothing' ? known : tablesOnPage() };
}

function Choices({ close }: { readonly close: () => void }) {
  const page = usePage();
  const { view, format } = page;
  const [picked, setPicked] = useState<string>();
  const [hidesProjects, setHides] = useState(false);
  const [said, setSaid] = useState('');
  const aliases = projectAliases(view);
  const shown = hidesProjects ? withoutProjects(view, aliases) : view;
  const { charts, tables: found } = shareableOf(page, shown);
  const tables = hidesProjects ? found.map(table => withoutNames(table, aliases)) : found;
  const options = [
    ...charts.map(({ title }, index) => ({ value: `chart ${String(index)}`, label: `Picture: ${title}` })),
    ...tables.map(({ title }, index) => ({ value: `table ${String(index)}`, label: `Table: ${title}` })),
    ...(tables.length > 1 ? [{ value: 'all', label: 'All tables' }] : []),
  ];
  const value = options.some(option => option.value === picked) ? picked : options[0]?.value;
  const [kind, at] = value?.split(' ') ?? [];
  const chart = kind === 'chart' ? charts[Number(at)] : undefined;
  const table = kind === 'table' ? tables[Number(at)] : undefined;
  const head = shareHead(shown, format);

  const copyMarkdown = (): void => {
    send({ type: 'copyText', text: markdownDocument(head, table ? [table] : tables) });
    setSaid('Copied as Markdown.');
  };
  const drawn = async (one: ChartOnPage): Promise<Blob> =>
    pictureOf(one, {
      title: head.title,
      notes: [one.title, ...one.notes, ...head.notes],
      legend: legendOf(one),
      textOf: text => (hidesProjects ? aliased(text, aliases) : text),
    });
  const copyPicture = async (one: ChartOnPage): Promise<void> => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': drawn(one) })]);
      setSaid('Copied as a picture.');
    } catch {
      // Not every editor lets its pages at the clipboard.
      setSaid('The picture cannot be copied here: save it instead.');
    }
  };
  const savePicture = async (one: ChartOnPage): Promise<void> => {
    send({ type: 'savePicture', name: fileNameFor(shown, one.title, 'png'), png: await base64Of(await drawn(one)) });
    setSaid('');
  };
  return (
    <div class="share-choices" role="dialog" aria-label="Share">
      {options.length === 0 ? (
        <p class="muted">There is nothing here to share.</p>
      ) : (
        <>
          <label>
            <span class="hidden-text">What to share</span>
            <select
              value={value}
              onChange={event => {
                setPicked(event.currentTarget.value);
                setSaid('');
              }}
            >
              {options.map(option => (
                <option key={option.value} value={option.value}>
                  {option.label}
                </option>
              ))}
            </select>
          </label>
          {aliases.size > 0 && (
            <label class="share-check">
              <input type="checkbox" checked={hidesProjects} onChange={() => setHides(!hidesProjects)} />
              Without project names
            </label>
          )}
          <div class="share-actions">
            {chart ? (
              <>
                <button type="button" class="secondary" onClick={() => void copyPicture(chart)}>
                  Copy as picture
                </button>
                <button type="button" class="secondary" onClick={() => void savePicture(chart)}>
                  Save as PNG…
                </button>
              </>
            ) : (
              <>
                <button type="button" class="secondary" onClick={copyMarkdown}>
                  Copy as Markdown
                </button>
                {table && (
                  <>
                    <button
                      type="button"
                      class="secondary"
                      onClick={() => {
                        send({ type: 'copyText', text: csvText(table) });
                        setSaid('Copied as CSV.');
                      }}
                    >
                      Copy as CSV
                    </button>
                    <button
                      type="button"
                      class="secondary"
                      onClick={() =>
                        send({ type: 'saveText', name: fileNameFor(shown, table.title, 'csv'), text: csvText(table) })
                      }
                    >
                      Save as CSV…
                    </button>
                  </>
                )}
              </>
            )}
          </div>
        </>
      )}
      <div class="share-foot">
        <button type="button" class="link" onClick={() => send({ type: 'command', command: 'monthlyReport' })}>
          Monthly report…
        </button>
        <button type="button" class="link" onClick={close}>
          Close
        </button>
      </div>
      <p role="status" class="small share-said">
        {said}
      </p>
    </div>
  );
}

/** For tables that were read off the page, and for names within a sentence. */
function withoutNames(table: ShareTable, aliases: ProjectAliases): ShareTable {
  return {
    ...table,
    title: aliased(table.title, aliases),
    columns: table.columns.map(column => ({ ...column, name: aliased(column.name, aliases) })),
    rows: table.rows.map(row => row.map(cell => ({ ...cell, text: aliased(cell.text, aliases) }))),
  };
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const pieces: string[] = [];
  // More arguments than some would be too many for one call.
  for (let from = 0; from < bytes.length; from += 32_768) {
    pieces.push(String.fromCharCode(...bytes.subarray(from, from + 32_768)));
  }
  return btoa(pieces.join(''));
}
