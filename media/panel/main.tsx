import { render } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { firstRequest, type PanelRequest, type PanelView } from '../../src/core/panel.ts';
import { warmUpOverview } from '../../src/core/panelOverviewText.ts';
import { summaryText } from '../../src/core/panelSummary.ts';
import { warmUp, type PanelFormat } from '../../src/core/panelText.ts';
import { Alerts } from './alerts.tsx';
import { Budgets } from './budgets.tsx';
import { Compare } from './compare.tsx';
import { Efficiency } from './efficiency.tsx';
import { measureFirstPaint } from './firstPaint.ts';
import { Frame } from './frame.tsx';
import type { ViewMessage } from './heard.ts';
import { listen, savedState, saveState, send, type PageState } from './host.ts';
import { Outcomes } from './outcomes.tsx';
import { Overview } from './overview.tsx';
import { PageProvider, type Page } from './page.ts';
import './panel.css';
import { SessionPage } from './session.tsx';
import { SessionsPage } from './sessions.tsx';
import { Share } from './share.tsx';
import { Sources } from './sources.tsx';
import { FailedNotice, FailedPage, Nothing, Notices, WaitingPage } from './states.tsx';
import { Switches } from './switches.tsx';
import { WhatIf } from './whatIf.tsx';

interface Arrived {
  readonly message: ViewMessage | undefined;
  readonly failure: string | undefined;
  readonly atMs: number;
}

function App() {
  const [{ message, failure, atMs }, setArrived] = useState<Arrived>({
    message: undefined,
    failure: undefined,
    atMs: 0,
  });
  const [state, setState] = useState<PageState>(savedState);
  const spoken = useRef<HTMLDivElement>(null);
  /** The number of the latest request that was sent; whether its answer is still to be said. */
  const asks = useRef(0);
  const isUnsaid = useRef(false);

  useLayoutEffect(() => {
    listen((heard, atMs) => {
      if (heard.type === 'failed') {
        setArrived(before => ({ ...before, failure: heard.reason }));
        return;
      }
      setArrived({ message: heard, failure: undefined, atMs });
      // It may be another one than was asked for: the host can lead the page somewhere.
      if (heard.answers === asks.current) setState(before => ({ ...before, request: heard.view.request }));
    });
    const { request } = savedState();
    send({ type: 'ready', ...(request && { request }) });
    const format = { locale: document.documentElement.dataset['locale'] ?? 'en', timeZone: 'UTC' };
    warmUp(format);
    warmUpOverview(format);
  }, []);

  useLayoutEffect(() => saveState(state), [state]);

  useLayoutEffect(() => {
    if (message) measureFirstPaint(atMs);
  }, [message, atMs]);

  // Said only after the user asked for something: numbers that grow by themselves would never let one listen.
  useLayoutEffect(() => {
    if (!message || !isUnsaid.current || message.answers !== asks.current) return;
    isUnsaid.current = false;
    // Not by a state, which would have the whole page drawn twice.
    const text = summaryText(message.view, formatOf(message));
    if (spoken.current && spoken.current.textContent !== text) spoken.current.textContent = text;
  }, [message]);

  const page = useMemo((): Page | undefined => {
    if (!message) return undefined;
    const { view } = message;
    const request = state.request ?? view.request;
    const ask = (next: PanelRequest, trail: readonly PanelRequest[]): void => {
      isUnsaid.current = true;
      asks.current += 1;
      setState(before => ({ ...before, request: next, trail }));
      send({ type: 'show', request: next, ask: asks.current });
    };
    const trail = state.trail ?? [];
    return {
      view,
      request,
      state,
      format: formatOf(message),
      recordings: message.recordings,
      show: (next, { isStep = false } = {}) =>
        ask(next, isStep ? [...trail, request] : next.session || next.sessions ? trail : []),
      goBack: () => ask(trail.at(-1) ?? firstRequest, trail.slice(0, -1)),
      setSort: (table, sort) => setState(before => ({ ...before, sorts: { ...before.sorts, [table]: sort } })),
      setShown: shown => setState(before => ({ ...before, ...shown })),
    };
  }, [message, state]);

  if (!page || !message) return failure === undefined ? <WaitingPage /> : <FailedPage reason={failure} />;
  const { view } = page;
  const isWaiting = failure === undefined && message.answers !== asks.current;
  return (
    <PageProvider value={page}>
      <main aria-busy={isWaiting} class={isWaiting ? 'page waiting' : 'page'}>
        {message.isSample && <p class="notice sample">Sample data: these numbers are invented.</p>}
        {failure !== undefined && <FailedNotice reason={failure} />}
        <Notices />
        {(view.shows === 'session' || view.shows === 'sessions') && (
          <div class="share-alone">
            <Share />
          </div>
        )}
        {view.shows === 'session' ? (
          <SessionPage session={view.session} />
        ) : view.shows === 'sessions' ? (
          <SessionsPage view={view} />
        ) : (
          <Frame>
            <Shown view={view} />
          </Frame>
        )}
      </main>
      <div ref={spoken} role="status" class="hidden-text" />
    </PageProvider>
  );
}

function formatOf({ view, locale, currency }: ViewMessage): PanelFormat {
  return { locale, timeZone: view.timeZone, currency };
}

/** What is in a tab. */
function Shown({ view }: { readonly view: Exclude<PanelView, { shows: 'session' | 'sessions' }> }) {
  switch (view.shows) {
    case 'nothing':
      return <Nothing view={view} />;
    case 'overview':
      return <Overview view={view} />;
    case 'budgets':
      return <Budgets view={view} />;
    case 'alerts':
      return <Alerts view={view} />;
    case 'efficiency':
      return <Efficiency view={view} />;
    case 'outcomes':
      return <Outcomes view={view} />;
    case 'compare':
      return <Compare view={view} />;
    case 'switches':
      return <Switches view={view} />;
    case 'whatIf':
      return <WhatIf view={view} />;
    case 'sources':
      return <Sources view={view} />;
  }
}

const root = document.getElementById('root');
if (root) render(<App />, root);
