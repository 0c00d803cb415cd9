import { render } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { firstRequest, type PanelRequest, type ToPanel } from '../../src/core/panel.ts';
import { summaryText, warmUp, type PanelFormat } from '../../src/core/panelText.ts';
import { measureFirstPaint } from './firstPaint.ts';
import { listen, savedState, saveState, send, type PageState } from './host.ts';
import { Overview } from './overview.tsx';
import { PageProvider, type Page } from './page.ts';
import './panel.css';
import { SessionPage } from './session.tsx';
import { EmptyPage, FailedNotice, FailedPage, Notices, WaitingPage } from './states.tsx';

type ViewMessage = Extract<ToPanel, { type: 'view' }>;

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
  const [spoken, setSpoken] = useState('');
  const asked = useRef(false);

  useLayoutEffect(() => {
    listen(heard => {
      const now = performance.now();
      if (heard.type === 'failed') {
        setArrived(before => ({ ...before, failure: heard.reason }));
        return;
      }
      setArrived({ message: heard, failure: undefined, atMs: now });
    });
    const { request } = savedState();
    send({ type: 'ready', ...(request && { request }) });
    warmUp({ locale: document.documentElement.dataset['locale'] ?? 'en', timeZone: 'UTC' });
  }, []);

  useLayoutEffect(() => saveState(state), [state]);

  useLayoutEffect(() => {
    if (message) measureFirstPaint(atMs);
  }, [message, atMs]);

  // Said only after the user asked for something: numbers that grow by themselves would never let one listen.
  useLayoutEffect(() => {
    if (!message || !asked.current || !isSame(message.view.request, state.request)) return;
    asked.current = false;
    setSpoken(summaryText(message.view, formatOf(message)));
  }, [message, state.request]);

  const page = useMemo((): Page | undefined => {
    if (!message) return undefined;
    const { view } = message;
    const request = state.request ?? view.request;
    const ask = (next: PanelRequest, trail: readonly PanelRequest[]): void => {
      asked.current = true;
      setState(before => ({ ...before, request: next, trail }));
      send({ type: 'show', request: next });
    };
    const trail = state.trail ?? [];
    return {
      view,
      request,
      state,
      format: formatOf(message),
      show: (next, { isStep = false } = {}) => ask(next, isStep ? [...trail, request] : next.session ? trail : []),
      goBack: () => ask(trail.at(-1) ?? firstRequest, trail.slice(0, -1)),
      setSort: (table, sort) => setState(before => ({ ...before, sorts: { ...before.sorts, [table]: sort } })),
      setChartTable: isChartTable => setState(before => ({ ...before, isChartTable })),
    };
  }, [message, state]);

  if (!page || !message) return failure === undefined ? <WaitingPage /> : <FailedPage reason={failure} />;
  const { view } = page;
  const isWaiting = failure === undefined && !isSame(view.request, page.request);
  return (
    <PageProvider value={page}>
      <main aria-busy={isWaiting} class={isWaiting ? 'page waiting' : 'page'}>
        {message.isSample && <p class="notice sample">Sample data: these numbers are invented.</p>}
        {failure !== undefined && <FailedNotice reason={failure} />}
        <Notices />
        {view.session && page.request.session ? (
          <SessionPage session={view.session} />
        ) : view.isEmpty && view.reading.state === 'ready' ? (
          <EmptyPage />
        ) : (
          <Overview />
        )}
      </main>
      <div role="status" class="hidden-text">
        {spoken}
      </div>
    </PageProvider>
  );
}

function formatOf({ view, locale }: ViewMessage): PanelFormat {
  return { locale, timeZone: view.timeZone };
}

function isSame(a: PanelRequest, b: PanelRequest | undefined): boolean {
  return b === undefined || JSON.stringify(a) === JSON.stringify(b);
}

const root = document.getElementById('root');
if (root) render(<App />, root);
