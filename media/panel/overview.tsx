import { formatDate, lastCallMs, rangeText } from '../../src/core/panelText.ts';
import { Buckets } from './buckets.tsx';
import { Chart } from './chart.tsx';
import { Header } from './header.tsx';
import { usePage } from './page.ts';
import { Sources } from './sources.tsx';
import { RowTable, SessionsTable } from './tables.tsx';
import { Tiles } from './tiles.tsx';
import { Unpriced } from './unpriced.tsx';

export function Overview() {
  const { view, format, request, show } = usePage();
  const isNothing = view.totals.calls === 0 && view.totals.tokens === 0;
  const last = lastCallMs(view);
  return (
    <>
      <Header />
      {isNothing && view.filters.length === 0 ? (
        <section class="state slim">
          <h2>No calls in this range</h2>
          <p>{rangeText(view, format)}</p>
          {last !== undefined && (
            <button type="button" class="secondary" onClick={() => show({ ...request, range: { kind: 'all' } })}>
              Show all, until {formatDate(last, format)}
            </button>
          )}
        </section>
      ) : (
        <>
          <Tiles totals={view.totals} assistants={view.assistants} />
          <Unpriced />
          <Chart />
          <div class="columns">
            <RowTable id="models" title="Models" dimension="model" rows={view.models} />
            <RowTable id="projects" title="Projects" dimension="project" rows={view.projects} />
            <RowTable id="assistants" title="Assistants" dimension="assistant" rows={view.assistants} />
            <Buckets id="buckets" table={view.buckets} />
          </div>
          <SessionsTable />
        </>
      )}
      <Sources />
    </>
  );
}
