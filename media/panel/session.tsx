import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import type { PanelRequest, SessionRequest, SessionView } from '../../src/core/panel.ts';
import {
  cacheText,
  formatCount,
  formatSpan,
  requestText,
  tabNames,
  type PanelFormat,
} from '../../src/core/panelText.ts';
import { Buckets } from './buckets.tsx';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { callKey, Calls, type OpenCall } from './sessionCalls.tsx';
import { SessionLineChart } from './sessionLine.tsx';
import { linkTo, RowTable, sessionElementId } from './tables.tsx';
import { MoneyTiles, RecordedTiles, Tile } from './tiles.tsx';

/** One session, whole, down to its calls. */
export function SessionPage({ session }: { readonly session: SessionView }) {
  const { format, request, show } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const { assistant, session: id } = session.request;
  useLayoutEffect(() => {
    // A call that is to be opened takes the focus, and the view, itself.
    if (session.opened === undefined) {
      window.scrollTo(0, 0);
      heading.current?.focus();
    }
    // The row is there again once the overview is.
    return () => void requestAnimationFrame(() => linkTo(sessionElementId(assistant, id))?.focus());
  }, [assistant, id]);
  const { open, setOpen } = useOpenCall(session);
  const { figures, averages } = session;
  const ask = (change: Partial<SessionRequest>): void => {
    show({ ...request, session: { ...withoutCall(session.request), ...change } });
  };
  return (
    <>
      <Crumbs here={`Session ${session.label}`} />
      <header class="head">
        <h1 ref={heading} tabIndex={-1}>
          <span title={session.project.title}>{session.project.label}</span>
        </h1>
        <p class="range-text">
          {session.assistantName} · {formatSpan(session.firstAtMs, session.lastAtMs, format)} ·{' '}
          <code class="session-id">{session.title}</code>
        </p>
      </header>
      <dl class="tiles">
        <MoneyTiles figures={figures} />
        <RecordedTiles figures={figures} />
        <Tile name="Calls" value={formatCount(figures.calls, format)}>
          {averages.perCallNanoUsd !== undefined && <>{formatMoney(averages.perCallNanoUsd, format)} each</>}
        </Tile>
        <Tile name="Tokens" value={formatTokens(figures.tokens, format)}>
          {cacheText(averages, format)}
        </Tile>
      </dl>
      <SessionLineChart
        session={session}
        openMs={open && session.calls.find(call => callKey(call) === open.key)?.atMs}
        onOpenCall={atMs => {
          const call = session.calls.find(each => each.atMs === atMs);
          if (call) setOpen({ key: callKey(call), isCalledFor: true });
          else ask({ callMs: atMs });
        }}
        onZoom={zoom => {
          const whole = withoutZoom(withoutCall(session.request));
          show({ ...request, session: { ...whole, page: 0, ...(zoom && { zoom }) } });
        }}
      />
      <div class="columns">
        <RowTable id="session-models" title="Models" dimension="model" rows={session.models} isFixed />
        <Buckets id="session-buckets" table={session.buckets} />
      </div>
      <Calls session={session} open={open} setOpen={setOpen} onAsk={ask} />
    </>
  );
}

/** A call is called for once. */
function withoutCall({ callMs: _, ...request }: SessionRequest): SessionRequest {
  return request;
}

function withoutZoom({ zoom: _, ...request }: SessionRequest): SessionRequest {
  return request;
}

/** Which row of the page is open: the one that was asked for, until the user opens another one. */
function useOpenCall(session: SessionView) {
  const { callMs, order, page, zoom } = session.request;
  const call = session.opened === undefined ? undefined : session.calls[session.opened];
  const called = call && { key: callKey(call), isCalledFor: true };
  const [open, setOpen] = useState<OpenCall | undefined>(called);
  const key = JSON.stringify([callMs, order, page, zoom]);
  const before = useRef(key);
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    setOpen(called);
  }, [key]);
  return { open, setOpen };
}

/** The way back, one step. */
export function Crumbs({ here }: { readonly here: string }) {
  const { format, request, state, goBack } = usePage();
  const before = state.trail?.at(-1) ?? request;
  return (
    <nav aria-label="Breadcrumb" class="crumbs">
      <ol>
        <li>
          <button type="button" class="link with-icon" onClick={goBack}>
            <Icon name="back" /> {stepText(before, format)}
          </button>
        </li>
        <li aria-current="page">{here}</li>
      </ol>
    </nav>
  );
}

/** What was shown before, in words. */
function stepText(before: PanelRequest, format: PanelFormat): string {
  const between = before.sessions?.between;
  const when = between ? formatSpan(between.fromMs, between.toMs - 1, format) : requestText(before, format);
  return `${before.sessions ? 'Sessions' : before.tab === 'overview' ? 'AI spend' : tabNames[before.tab]}, ${when}`;
}
