import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatTokens } from '../../src/core/money.ts';
import { sessionsOrders, type SessionsOrder, type SessionsRequest } from '../../src/core/panel.ts';
import { readingHistory } from '../../src/core/panelOutcomesText.ts';
import type { SessionsView } from '../../src/core/panelSessions.ts';
import { sessionsTitle } from '../../src/core/panelSessionText.ts';
import { formatCount } from '../../src/core/panelText.ts';
import { OrderSelect, Pager } from './blockTools.tsx';
import { Filters } from './header.tsx';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Crumbs } from './session.tsx';
import { CostHeads, NumberHead, Scroll } from './tableParts.tsx';
import { linkTo, SessionLine, sessionsElementId } from './tables.tsx';
import { MoneyTiles, Tile } from './tiles.tsx';

const orderNames: Readonly<Record<SessionsOrder, string>> = { dearest: 'Dearest first', newest: 'Newest first' };

/** The sessions behind a mark. */
export function SessionsPage({ view }: { readonly view: SessionsView }) {
  const { format, request, show } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const { order, page, between, weekHour, outcome } = view.asked;
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus();
    const id = sessionsElementId(view.request);
    return () => void requestAnimationFrame(() => linkTo(id)?.focus());
  }, [JSON.stringify([between, weekHour, outcome])]);
  const ask = (change: Partial<SessionsRequest>): void => show({ ...request, sessions: { ...view.asked, ...change } });
  return (
    <>
      <Crumbs here="Sessions" />
      <header class="head">
        <h1 ref={heading} tabIndex={-1}>
          Sessions
        </h1>
        <p class="range-text">{sessionsTitle(view, format)}</p>
      </header>
      <Filters view={view} />
      {view.isReadingGit ? (
        <p class="muted with-mark">
          <Icon name="wait" />
          <span>{readingHistory}</span>
        </p>
      ) : view.sessions === 0 ? (
        <p class="muted">There is no session with a call in here.</p>
      ) : (
        <>
          <dl class="tiles">
            <MoneyTiles figures={view.figures} />
            <Tile name="Calls" value={formatCount(view.figures.calls, format)}>
              in {formatCount(view.sessions, format)} {view.sessions === 1 ? 'session' : 'sessions'}
            </Tile>
            <Tile name="Tokens" value={formatTokens(view.figures.tokens, format)} />
          </dl>
          <section class="block" aria-labelledby="sessions-title">
            <div class="block-head">
              <h2 id="sessions-title">
                Sessions{' '}
                <span class="count">
                  {formatCount(view.firstRow, format)}–{formatCount(view.lastRow, format)} of{' '}
                  {formatCount(view.sessions, format)}
                </span>
              </h2>
              <div class="block-tools">
                <OrderSelect
                  orders={sessionsOrders}
                  names={orderNames}
                  order={order}
                  onPick={picked => ask({ order: picked, page: 0 })}
                />
                <Pager
                  page={page}
                  hasEarlier={page > 0}
                  hasLater={view.lastRow < view.sessions}
                  onPage={picked => ask({ page: picked })}
                />
              </div>
            </div>
            <p class="muted small">Only the calls that are meant here: a session may have had more.</p>
            <SessionRows view={view} />
          </section>
        </>
      )}
    </>
  );
}

function SessionRows({ view }: { readonly view: SessionsView }) {
  const hasCovered = view.figures.coveredNanoUsd > 0;
  return (
    <Scroll id="sessions">
      <table class={hasCovered ? 'sessions has-covered' : 'sessions'}>
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col" class="wide">
              Project
            </th>
            <th scope="col" class="wide">
              Assistant
            </th>
            <th scope="col" class="wide">
              Model
            </th>
            <NumberHead>Calls</NumberHead>
            <NumberHead isMinor>Tokens</NumberHead>
            <CostHeads hasCovered={hasCovered} />
          </tr>
        </thead>
        <tbody>
          {view.rows.map(row => (
            <SessionLine key={`${row.assistant} ${row.session}`} row={row} hasCovered={hasCovered} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
