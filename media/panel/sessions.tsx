import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatTokens } from '../../src/core/money.ts';
import { sessionsOrders, type SessionsOrder, type SessionsRequest } from '../../src/core/panel.ts';
import type { SessionsView } from '../../src/core/panelSessions.ts';
import { sessionsTitle } from '../../src/core/panelSessionText.ts';
import { formatCount } from '../../src/core/panelText.ts';
import { Filters } from './header.tsx';
import { usePage } from './page.ts';
import { Crumbs } from './session.tsx';
import { linkTo, SessionLine, sessionsElementId } from './tables.tsx';
import { MoneyTiles, Tile } from './tiles.tsx';

const orderNames: Readonly<Record<SessionsOrder, string>> = { dearest: 'Dearest first', newest: 'Newest first' };

/** The sessions behind a mark. */
export function SessionsPage({ view }: { readonly view: SessionsView }) {
  const { format, request, show } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const { order, page, between, weekHour } = view.asked;
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus();
    const id = sessionsElementId(view.request);
    return () => void requestAnimationFrame(() => linkTo(id)?.focus());
  }, [JSON.stringify([between, weekHour])]);
  const ask = (change: Partial<SessionsRequest>): void => show({ ...request, sessions: { ...view.asked, ...change } });
  const hasLaterPage = view.lastRow < view.sessions;
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
      {view.sessions === 0 ? (
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
                <label class="select-label">
                  <span class="hidden-text">Order</span>
                  <select
                    value={order}
                    onChange={({ currentTarget: { value } }) =>
                      ask({ order: sessionsOrders.find(known => known === value) ?? order, page: 0 })
                    }
                  >
                    {sessionsOrders.map(name => (
                      <option key={name} value={name}>
                        {orderNames[name]}
                      </option>
                    ))}
                  </select>
                </label>
                {(page > 0 || hasLaterPage) && (
                  <div class="pager">
                    <button
                      type="button"
                      class="secondary"
                      disabled={page === 0}
                      onClick={() => ask({ page: page - 1 })}
                    >
                      Previous
                    </button>
                    <button
                      type="button"
                      class="secondary"
                      disabled={!hasLaterPage}
                      onClick={() => ask({ page: page + 1 })}
                    >
                      Next
                    </button>
                  </div>
                )}
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
    <div class="scroll" role="group" aria-labelledby="sessions-title" tabIndex={0}>
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
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number minor">
              Tokens
            </th>
            <th scope="col" class="number">
              {hasCovered ? 'Spend' : 'Cost'}
            </th>
            {hasCovered && (
              <th scope="col" class="number">
                Covered
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {view.rows.map(row => (
            <SessionLine key={`${row.assistant} ${row.session}`} row={row} hasCovered={hasCovered} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
