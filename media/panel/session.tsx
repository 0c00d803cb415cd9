import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { callOrders, type CallOrder, type PanelCall, type SessionView } from '../../src/core/panel.ts';
import {
  billingNames,
  bucketNames,
  cacheText,
  callTimeText,
  formatCount,
  formatCredits,
  formatFullTime,
  formatSpan,
  requestText,
} from '../../src/core/panelText.ts';
import { priceLines, priceText } from '../../src/core/panelPriceText.ts';
import { Buckets } from './buckets.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { RowTable, sessionElementId } from './tables.tsx';
import { MoneyTiles, RecordedTiles, Tile } from './tiles.tsx';
import { usageBuckets } from '../../src/core/call.ts';

/** One session, whole, down to its calls. */
export function SessionPage({ session }: { readonly session: SessionView }) {
  const { format, request, state, goBack } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  const { assistant, session: id } = session.request;
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus();
    // The row is there again once the overview is.
    return () => void requestAnimationFrame(() => document.getElementById(sessionElementId(assistant, id))?.focus());
  }, [assistant, id]);
  const before = state.trail?.at(-1) ?? request;
  const { figures, averages } = session;
  return (
    <>
      <nav aria-label="Breadcrumb" class="crumbs">
        <ol>
          <li>
            <button type="button" class="link with-icon" onClick={goBack}>
              <Icon name="back" /> AI spend, {requestText(before, format)}
            </button>
          </li>
          <li aria-current="page">Session {session.label}</li>
        </ol>
      </nav>
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
      <div class="columns">
        <RowTable id="session-models" title="Models" dimension="model" rows={session.models} isFixed />
        <Buckets id="session-buckets" table={session.buckets} />
      </div>
      <Calls session={session} />
    </>
  );
}

const orderNames: Readonly<Record<CallOrder, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  dearest: 'Dearest first',
};

function Calls({ session }: { readonly session: SessionView }) {
  const { format, request, show } = usePage();
  const { order, page } = session.request;
  const [open, setOpen] = useState<string>();
  useEffect(() => setOpen(undefined), [order, page]);
  const ask = (change: Partial<SessionView['request']>): void =>
    show({ ...request, session: { ...session.request, ...change } });
  return (
    <section class="block" aria-labelledby="calls-title">
      <div class="block-head">
        <h2 id="calls-title">
          Calls{' '}
          <span class="count">
            {formatCount(session.firstRow, format)}–{formatCount(session.lastRow, format)}
          </span>
        </h2>
        <div class="block-tools">
          <label class="select-label">
            <span class="hidden-text">Order</span>
            <select
              value={order}
              onChange={({ currentTarget: { value } }) =>
                ask({ order: callOrders.find(known => known === value) ?? order, page: 0 })
              }
            >
              {callOrders.map(name => (
                <option key={name} value={name}>
                  {orderNames[name]}
                </option>
              ))}
            </select>
          </label>
          {(session.hasEarlierPage || session.hasLaterPage) && (
            <div class="pager">
              <button
                type="button"
                class="secondary"
                disabled={!session.hasEarlierPage}
                onClick={() => ask({ page: page - 1 })}
              >
                Previous
              </button>
              <button
                type="button"
                class="secondary"
                disabled={!session.hasLaterPage}
                onClick={() => ask({ page: page + 1 })}
              >
                Next
              </button>
            </div>
          )}
        </div>
      </div>
      <div class="scroll" role="group" aria-labelledby="calls-title" tabIndex={0}>
        <table class="calls">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Model</th>
              <th scope="col" class="number minor">
                Input
              </th>
              <th scope="col" class="number minor">
                Cache read
              </th>
              <th scope="col" class="number minor">
                Cache write
              </th>
              <th scope="col" class="number">
                Output
              </th>
              <th scope="col" class="number">
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {session.calls.map(call => {
              const key = `${call.log}:${String(call.offset)}:${String(call.atMs)}:${call.model ?? ''}`;
              return (
                <CallRows
                  key={key}
                  call={call}
                  session={session}
                  isOpen={open === key}
                  onToggle={() => setOpen(open === key ? undefined : key)}
                />
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface CallRowsProps {
  readonly call: PanelCall;
  readonly session: SessionView;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function CallRows({ call, session, isOpen, onToggle }: CallRowsProps) {
  const { format } = usePage();
  const { usage } = call;
  const tokens = (count: number) => (count > 0 ? formatTokens(count, format) : <span class="muted">–</span>);
  return (
    <>
      <tr class={isOpen ? 'selected' : undefined}>
        <th scope="row">
          <button type="button" class="link name disclosure" aria-expanded={isOpen} onClick={onToggle}>
            <Icon name={isOpen ? 'down' : 'right'} />
            {callTimeText(call.atMs, session, format)}
          </button>
        </th>
        <td>
          {call.model ?? <span class="muted">Unknown model</span>}
          {call.isSubagent && <span class="badge">subagent</span>}
          {call.isUnlisted && <span class="badge">unlisted</span>}
          {call.billing === 'covered' && <span class="badge">covered</span>}
        </td>
        <td class="number minor">{tokens(usage.inputTokens)}</td>
        <td class="number minor">{tokens(usage.cacheReadTokens)}</td>
        <td class="number minor">{tokens(call.cacheWriteTokens)}</td>
        <td class="number">{tokens(usage.outputTokens)}</td>
        <td class={call.costNanoUsd === undefined ? 'number lacking' : 'number'}>
          {call.costNanoUsd === undefined ? 'unpriced' : formatMoney(call.costNanoUsd, format)}
        </td>
      </tr>
      {isOpen && (
        <tr class="call-details">
          <td colSpan={7}>
            <CallDetails call={call} session={session} />
          </td>
        </tr>
      )}
    </>
  );
}

function CallDetails({ call, session }: { readonly call: PanelCall; readonly session: SessionView }) {
  const { format } = usePage();
  const price = call.price === undefined ? undefined : session.prices[call.price];
  return (
    <dl class="facts">
      <div>
        <dt>Time</dt>
        <dd>{formatFullTime(call.atMs, format)}</dd>
      </div>
      <div>
        <dt>Usage</dt>
        <dd>
          <ul class="plain-list">
            {usageBuckets
              .filter(bucket => call.usage[bucket] > 0)
              .map(bucket => (
                <li key={bucket}>
                  <span class="number">{formatCount(call.usage[bucket], format)}</span>{' '}
                  <span class="muted">
                    {bucketNames[bucket]}
                    {bucket === 'reasoningTokens' && ', in output'}
                  </span>
                </li>
              ))}
          </ul>
        </dd>
      </div>
      <div>
        <dt>Price</dt>
        <dd>
          {price ? (
            <ul class="plain-list" aria-label={priceText(price)}>
              {priceLines(price, format).map(line => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          ) : (
            <>
              No price is known for this model.{' '}
              <button type="button" class="link" onClick={() => send({ type: 'openSetting', setting: 'prices' })}>
                Add a price…
              </button>
            </>
          )}
        </dd>
      </div>
      {(call.recordedNanoUsd !== undefined || call.nanoCredits !== undefined) && (
        <div>
          <dt>Recorded by the assistant</dt>
          <dd>
            <ul class="plain-list">
              {call.recordedNanoUsd !== undefined && (
                <li>
                  {formatMoney(call.recordedNanoUsd, format)}{' '}
                  <span class="muted">beside the cost, which is computed from the price</span>
                </li>
              )}
              {call.nanoCredits !== undefined && <li>{formatCredits(call.nanoCredits, format)} credits</li>}
            </ul>
          </dd>
        </div>
      )}
      <div>
        <dt>Who pays</dt>
        <dd>{billingNames[call.billing]}</dd>
      </div>
      <div>
        <dt>{call.isUnlisted ? 'Reported in' : 'Log'}</dt>
        <dd>
          <code>{call.log}</code>{' '}
          {!call.isUnlisted && <span class="muted">at byte {formatCount(call.offset, format)}</span>}{' '}
          <button
            type="button"
            class="link with-icon"
            onClick={() => send({ type: 'openLog', log: call.log, offset: call.offset })}
          >
            <Icon name="open" /> {call.isUnlisted ? 'Open the log' : 'Open the log here'}
          </button>
        </dd>
      </div>
    </dl>
  );
}
