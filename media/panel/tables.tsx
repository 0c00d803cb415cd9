import type { ComponentChildren } from 'preact';
import { longTables, maxRows, sessionsRequest, toggleAllRows, toggleFilter } from '../../src/core/panel.ts';
import type {
  PanelDimension,
  PanelFigures,
  PanelRequest,
  PanelRow,
  PanelTable,
  PanelTotals,
  SessionRow,
  SessionTable,
} from '../../src/core/panel.ts';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { dearestFirst, nextSort, sortRows, type SortKey } from '../../src/core/panelSort.ts';
import {
  countText,
  dimensionNames,
  formatCount,
  formatSpan,
  estimatedText,
  inexactText,
  isUnpriced,
  uncoveredText,
  unpricedShort,
  unpricedText,
} from '../../src/core/panelText.ts';
import { Share } from './buckets.tsx';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Dash, Scroll } from './tableParts.tsx';

interface RowTableProps {
  readonly id: string;
  readonly title: string;
  readonly dimension: PanelDimension;
  readonly rows: readonly PanelRow[];
  /** What the rows are together that are not shown. */
  readonly more?: PanelTable['more'];
  /** Whether its rows cannot be picked: beside a session, which is shown whole. */
  readonly isFixed?: boolean;
}

export function RowTable({ id, title, dimension, rows, more, isFixed = false }: RowTableProps) {
  const { format, request, state, show } = usePage();
  const sort = state.sorts?.[id] ?? dearestFirst;
  const hasCovered = [...rows, ...(more ? [more] : [])].some(({ figures }) => figures.coveredNanoUsd > 0);
  const count = rows.length + (more?.rows ?? 0);
  return (
    <section class="block" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        {title} <span class="count">{formatCount(count, format)}</span>
      </h2>
      <Scroll id={id}>
        <table class={hasCovered ? 'has-covered' : undefined}>
          <thead>
            <tr>
              <SortHead table={id} by="name">
                {dimensionNames[dimension]}
              </SortHead>
              <SortHead table={id} by="calls" isNumber>
                Calls
              </SortHead>
              <SortHead table={id} by="tokens" isNumber isMinor>
                Tokens
              </SortHead>
              <CostHeads table={id} hasCovered={hasCovered} />
              <th scope="col" class="share">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {sortRows(rows, sort).map(row => (
              <tr key={row.key} class={row.isSelected ? 'selected' : undefined}>
                <th scope="row" title={row.title}>
                  {isFixed ? (
                    row.label
                  ) : (
                    <button
                      type="button"
                      class="link name"
                      aria-pressed={row.isSelected}
                      title={row.isSelected ? `${row.title}: show all again` : `${row.title}: show only this`}
                      onClick={() => show(toggleFilter(request, dimension, row.key))}
                    >
                      {row.label}
                    </button>
                  )}
                </th>
                <td class="number">
                  {isFixed ? (
                    formatCount(row.figures.calls, format)
                  ) : (
                    <button
                      type="button"
                      class="link"
                      data-session={sessionsElementId(sessionsRequest(request, { filter: { [dimension]: row.key } }))}
                      title={`Show the sessions of ${row.title}`}
                      aria-label={`${countText(row.figures.calls, 'call', format)}: show the sessions of ${row.label}`}
                      onClick={() =>
                        show(sessionsRequest(request, { filter: { [dimension]: row.key } }), { isStep: true })
                      }
                    >
                      {formatCount(row.figures.calls, format)}
                    </button>
                  )}
                </td>
                <td class="number minor" title={formatCount(row.figures.tokens, format)}>
                  {formatTokens(row.figures.tokens, format)}
                </td>
                <CostCells figures={row.figures} hasCovered={hasCovered} isOfAssistant={dimension === 'assistant'} />
                <td class="share">
                  <Share share={row.share} />
                </td>
              </tr>
            ))}
          </tbody>
          {more && (
            <tfoot>
              <tr>
                <th scope="row">{formatCount(more.rows, format)} others</th>
                <td class="number">{formatCount(more.figures.calls, format)}</td>
                <td class="number minor" title={formatCount(more.figures.tokens, format)}>
                  {formatTokens(more.figures.tokens, format)}
                </td>
                <CostCells figures={more.figures} hasCovered={hasCovered} />
                <td class="share">
                  <Share share={more.share} />
                </td>
              </tr>
            </tfoot>
          )}
        </table>
      </Scroll>
      {!isFixed && <AllRows title={title} dimension={dimension} count={count} hasMore={more !== undefined} />}
    </section>
  );
}

interface AllRowsProps extends Pick<RowTableProps, 'title' | 'dimension'> {
  readonly count: number;
  readonly hasMore: boolean;
}

/** Leads to the last row of a table, and back to the dearest. */
function AllRows({ title, dimension, count, hasMore }: AllRowsProps) {
  const { format, request, show } = usePage();
  const table = longTables.find(one => one === dimension);
  const isAll = table !== undefined && request.allRows?.includes(table) === true && count > maxRows + 1;
  if (!table || (!hasMore && !isAll)) return null;
  return (
    <button type="button" class="link more" onClick={() => show(toggleAllRows(request, table))}>
      {isAll
        ? `Only the ${formatCount(maxRows, format)} dearest`
        : `All ${formatCount(count, format)} ${title.toLowerCase()}`}
    </button>
  );
}

const recordedTitle = 'What the assistant itself recorded. The cost is computed from prices; the two do not add up.';

export function SessionsTable({ totals, table }: { readonly totals: PanelTotals; readonly table: SessionTable }) {
  const { format, request, state, show } = usePage();
  const { rows, more } = table;
  const sort = state.sorts?.['sessions'] ?? dearestFirst;
  const hasCovered = totals.coveredNanoUsd > 0;
  return (
    <section class="block" aria-labelledby="sessions-title">
      <h2 id="sessions-title">
        Sessions <span class="count">{formatCount(totals.sessions, format)}</span>
      </h2>
      <Scroll id="sessions">
        <table class={hasCovered ? 'sessions has-covered' : 'sessions'}>
          <thead>
            <tr>
              <SortHead table="sessions" by="time">
                Session
              </SortHead>
              <SortHead table="sessions" by="project" isWide>
                Project
              </SortHead>
              <SortHead table="sessions" by="assistant" isWide>
                Assistant
              </SortHead>
              <SortHead table="sessions" by="model" isWide>
                Model
              </SortHead>
              <SortHead table="sessions" by="calls" isNumber>
                Calls
              </SortHead>
              <SortHead table="sessions" by="tokens" isNumber isMinor>
                Tokens
              </SortHead>
              <CostHeads table="sessions" hasCovered={hasCovered} />
            </tr>
          </thead>
          <tbody>
            {sortRows(rows, sort).map(row => (
              <SessionLine key={`${row.assistant} ${row.session}`} row={row} hasCovered={hasCovered} />
            ))}
          </tbody>
          {more && (
            <tfoot>
              <tr>
                <th scope="row">{countText(more.sessions, 'cheaper session', format)}</th>
                <td class="wide" colSpan={3} />
                <td class="number">{formatCount(more.figures.calls, format)}</td>
                <td class="number minor">{formatTokens(more.figures.tokens, format)}</td>
                <CostCells figures={more.figures} hasCovered={hasCovered} />
              </tr>
            </tfoot>
          )}
        </table>
      </Scroll>
      {more && (
        <button type="button" class="link more" onClick={() => show(sessionsRequest(request, {}), { isStep: true })}>
          All {formatCount(totals.sessions, format)} sessions
        </button>
      )}
    </section>
  );
}

/** A session as a row; its name leads to its calls. */
export function SessionLine({ row, hasCovered }: { readonly row: SessionRow; readonly hasCovered: boolean }) {
  const { format, request, show } = usePage();
  const { assistant, session } = row;
  const models = row.otherModels > 0 ? `${row.model} +${String(row.otherModels)}` : row.model;
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="link name"
          id={sessionElementId(assistant, session)}
          title={`Show the calls of ${row.title}`}
          onClick={() =>
            show({ ...request, session: { assistant, session, order: 'newest', page: 0 } }, { isStep: true })
          }
        >
          {formatSpan(row.firstAtMs, row.lastAtMs, format)}
        </button>
        <span class="sub narrow-only">
          {row.project.label} · {row.assistantName} · {models}
        </span>
      </th>
      <td class="wide" title={row.project.title}>
        {row.project.label}
      </td>
      <td class="wide">{row.assistantName}</td>
      <td class="wide">{models}</td>
      <td class="number">{formatCount(row.figures.calls, format)}</td>
      <td class="number minor" title={formatCount(row.figures.tokens, format)}>
        {formatTokens(row.figures.tokens, format)}
      </td>
      <CostCells figures={row.figures} hasCovered={hasCovered} />
    </tr>
  );
}

/** Where the focus goes back to after a session was shown. */
export function sessionElementId(assistant: string, session: string): string {
  return `session ${assistant} ${session}`;
}

/** Where the focus goes back to after a list of sessions was shown: what was to lead to it has this as `data-session`. */
export function sessionsElementId({ filter, sessions }: PanelRequest): string {
  return JSON.stringify([filter, sessions?.between, sessions?.weekHour, sessions?.outcome]);
}

/** What led to a session or to a list of sessions, by its id or its `data-session`. */
export function linkTo(id: string): HTMLElement | null {
  return document.getElementById(id) ?? document.querySelector(`[data-session="${CSS.escape(id)}"]`);
}

function CostHeads({ table, hasCovered }: { readonly table: string; readonly hasCovered: boolean }) {
  return (
    <>
      <SortHead table={table} by="cost" isNumber>
        {hasCovered ? 'Spend' : 'Cost'}
      </SortHead>
      {hasCovered && (
        <SortHead table={table} by="covered" isNumber>
          Covered
        </SortHead>
      )}
    </>
  );
}

interface CostCellsProps {
  readonly figures: PanelFigures;
  readonly hasCovered: boolean;
  /** Whether all of it is of one assistant, which may have recorded a cost of its own. */
  readonly isOfAssistant?: boolean;
}

/** What is spent and what a plan covers stand apart; what has no price is said, not shown as zero. */
function CostCells({ figures, hasCovered, isOfAssistant = false }: CostCellsProps) {
  const { format } = usePage();
  const lacks = isUnpriced(figures) ? unpricedText(figures, format) : undefined;
  const short = unpricedShort(figures, format);
  const unlisted = figures.unlistedNanoUsd > 0 ? `${formatMoney(figures.unlistedNanoUsd, format)} unlisted` : undefined;
  const inexact = inexactText(figures, format);
  const estimated = estimatedText(figures, format);
  return (
    <>
      <td class={lacks ? 'number cost lacking' : 'number cost'} title={lacks ?? unlisted}>
        {uncoveredText(figures, format) ?? <Dash />}
        {short !== undefined && <span class="sub">{short}</span>}
        {inexact !== undefined && <span class="sub">{inexact}</span>}
        {estimated !== undefined && (
          <span class="sub" title="From the flat price of an internal model, spread over the tokens of 30 days">
            {estimated}
          </span>
        )}
        {isOfAssistant && figures.recordedNanoUsd > 0 && (
          <span class="sub" title={recordedTitle}>
            {formatMoney(figures.recordedNanoUsd, format)} recorded
          </span>
        )}
      </td>
      {hasCovered && (
        <td class="number">{figures.coveredNanoUsd > 0 ? formatMoney(figures.coveredNanoUsd, format) : <Dash />}</td>
      )}
    </>
  );
}

interface SortHeadProps {
  readonly table: string;
  readonly by: SortKey;
  readonly isNumber?: boolean;
  /** Given up first where there is little room. */
  readonly isMinor?: boolean;
  /** Shown only where there is much room. */
  readonly isWide?: boolean;
  readonly children: ComponentChildren;
}

function SortHead({ table, by, isNumber = false, isMinor = false, isWide = false, children }: SortHeadProps) {
  const { state, setSort } = usePage();
  const sort = state.sorts?.[table] ?? dearestFirst;
  const isSorted = sort.by === by;
  const names = [isNumber && 'number', isMinor && 'minor', isWide && 'wide'].filter(name => name !== false);
  return (
    <th
      scope="col"
      class={names.join(' ')}
      aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" class="sort" onClick={() => setSort(table, nextSort(sort, by))}>
        <span>{children}</span>
        <Icon
          name={isSorted && !sort.isDescending ? 'up' : 'sorted'}
          class={isSorted ? 'sort-icon' : 'sort-icon idle'}
        />
      </button>
    </th>
  );
}
