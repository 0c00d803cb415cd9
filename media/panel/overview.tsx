import type { OverviewView, PanelHead, RangeHead } from '../../src/core/panel.ts';
import { formatDate, rangeText } from '../../src/core/panelText.ts';
import { Buckets } from './buckets.tsx';
import { Changes } from './changes.tsx';
import { Chart } from './chart.tsx';
import { Flow } from './flow.tsx';
import { Limits } from './header.tsx';
import { Heatmap, isLongCalendar } from './heatmap.tsx';
import { Live } from './live.tsx';
import { Outlook } from './outlook.tsx';
import './overview.css';
import { usePage } from './page.ts';
import { Punchcard } from './punchcard.tsx';
import { RowTable, SessionsTable } from './tables.tsx';
import { Tiles } from './tiles.tsx';
import { Unpriced } from './unpriced.tsx';

export function Overview({ view }: { readonly view: OverviewView }) {
  const isNothing = view.totals.calls === 0 && view.totals.tokens === 0;
  return (
    <div class="overview">
      <Live sessions={view.live} />
      <Limits view={view} />
      {isNothing ? (
        <>
          <NoCalls view={view} />
          <Heatmap heatmap={view.heatmap} range={view} />
        </>
      ) : (
        <>
          <Tiles totals={view.totals} assistants={view.assistants} />
          <Unpriced totals={view.totals} rows={view.unpriced} />
          <Chart totals={view.totals} chart={view.chart} />
          <Outlook outlook={view.outlook} />
          {view.changes && <Changes changes={view.changes} />}
          <Flow flow={view.flow} />
          <div class="columns">
            <Heatmap heatmap={view.heatmap} range={view} />
            <Punchcard punchcard={view.punchcard} isWide={isLongCalendar(view.heatmap)} />
          </div>
          <div class="columns">
            <RowTable id="models" title="Models" dimension="model" {...view.models} />
            <RowTable id="projects" title="Projects" dimension="project" {...view.projects} />
            <RowTable id="assistants" title="Assistants" dimension="assistant" rows={view.assistants} />
            <Buckets id="buckets" table={view.buckets} />
          </div>
          <SessionsTable totals={view.totals} table={view.sessions} />
        </>
      )}
    </div>
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
