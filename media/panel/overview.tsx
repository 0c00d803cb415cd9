import type { OverviewView, PanelHead, RangeHead } from '../../src/core/panel.ts';
import { formatDate, rangeText } from '../../src/core/panelText.ts';
import { Buckets } from './buckets.tsx';
import { Chart } from './chart.tsx';
import { Limits } from './header.tsx';
import { usePage } from './page.ts';
import { RowTable, SessionsTable } from './tables.tsx';
import { Tiles } from './tiles.tsx';
import { Unpriced } from './unpriced.tsx';

export function Overview({ view }: { readonly view: OverviewView }) {
  const isNothing = view.totals.calls === 0 && view.totals.tokens === 0;
  return (
    <>
      <Limits view={view} />
      {isNothing && view.filters.length === 0 ? (
        <NoCalls view={view} />
      ) : (
        <>
          <Tiles totals={view.totals} assistants={view.assistants} />
          <Unpriced totals={view.totals} rows={view.unpriced} />
          <Chart totals={view.totals} chart={view.chart} />
          <div class="columns">
            <RowTable id="models" title="Models" dimension="model" rows={view.models} />
            <RowTable id="projects" title="Projects" dimension="project" rows={view.projects} />
            <RowTable id="assistants" title="Assistants" dimension="assistant" rows={view.assistants} />
            <Buckets id="buckets" table={view.buckets} />
          </div>
          <SessionsTable totals={view.totals} table={view.sessions} />
        </>
      )}
    </>
  );
}

/** In place of numbers in a range without calls. */
export function NoCalls({ view }: { readonly view: PanelHead & RangeHead }) {
  const { format, request, show } = usePage();
  const last = view.lastCallMs;
  return (
    <section class="state slim">
      <h2>No calls in this range</h2>
      <p>{rangeText(view, format)}</p>
      {last !== undefined && (
        <button type="button" class="secondary" onClick={() => show({ ...request, range: { kind: 'all' } })}>
          Show all, until {formatDate(last, format)}
        </button>
      )}
    </section>
  );
}
