import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import {
  callOrders,
  type CallOrder,
  type PanelCall,
  type SessionRequest,
  type SessionView,
} from '../../src/core/panel.ts';
import { priceLines, priceText } from '../../src/core/panelPriceText.ts';
import {
  callBucketName,
  callBuckets,
  lossText,
  outcomeTexts,
  precisionNames,
  workText,
} from '../../src/core/panelSessionText.ts';
import { billingNames, callTimeText, formatCount, formatCredits, formatFullTime } from '../../src/core/panelText.ts';
import type { AppliedPrice } from '../../src/core/priceBook.ts';
import { OrderSelect, Pager } from './blockTools.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';

const orderNames: Readonly<Record<CallOrder, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  dearest: 'Dearest first',
};

/** A row that is open. */
export interface OpenCall {
  readonly key: string;
  /** Whether it was asked for elsewhere, so that it has to be brought into view. */
  readonly isCalledFor: boolean;
}

/** What a call is told from others by: where it is written down. */
export function callKey({ log, offset, atMs, model }: PanelCall): string {
  return `${log}:${String(offset)}:${String(atMs)}:${model ?? ''}`;
}

interface CallsProps {
  readonly session: SessionView;
  readonly open: OpenCall | undefined;
  readonly setOpen: (open: OpenCall | undefined) => void;
  readonly onAsk: (change: Partial<SessionRequest>) => void;
}

/** The calls to read: the same as the time line, a page at a time. */
export function Calls({ session, open, setOpen, onAsk }: CallsProps) {
  const { format } = usePage();
  const { order, page } = session.request;
  const count = (number: number): string => formatCount(number, format);
  const shown = `${count(session.firstRow)}–${count(session.lastRow)} of ${count(session.callCount)}`;
  return (
    <section class="block" aria-labelledby="calls-title">
      <div class="block-head">
        <h2 id="calls-title">
          Calls <span class="count">{shown}</span>
          {session.request.zoom && <span class="count">of the part that is looked at</span>}
        </h2>
        <div class="block-tools">
          <OrderSelect
            orders={callOrders}
            names={orderNames}
            order={order}
            onPick={picked => onAsk({ order: picked, page: 0 })}
          />
          <Pager
            page={page}
            hasEarlier={session.hasEarlierPage}
            hasLater={session.hasLaterPage}
            onPage={picked => onAsk({ page: picked })}
          />
        </div>
      </div>
      <Scroll id="calls">
        <table class="calls">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Model</th>
              <NumberHead isMinor>Input</NumberHead>
              <NumberHead isMinor>Cache read</NumberHead>
              <NumberHead isMinor>Cache write</NumberHead>
              <NumberHead>Output</NumberHead>
              <NumberHead>Cost</NumberHead>
            </tr>
          </thead>
          <tbody>
            {session.calls.map(call => {
              const key = callKey(call);
              const isOpen = open?.key === key;
              return (
                <CallRows
                  key={key}
                  call={call}
                  session={session}
                  isOpen={isOpen}
                  isCalledFor={isOpen && open.isCalledFor}
                  onToggle={() => setOpen(isOpen ? undefined : { key, isCalledFor: false })}
                />
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

interface CallRowsProps {
  readonly call: PanelCall;
  readonly session: SessionView;
  readonly isOpen: boolean;
  readonly isCalledFor: boolean;
  readonly onToggle: () => void;
}

function CallRows({ call, session, isOpen, isCalledFor, onToggle }: CallRowsProps) {
  const { format } = usePage();
  const { usage } = call;
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!isCalledFor) return;
    button.current?.focus();
    button.current?.scrollIntoView({ block: 'center' });
  }, [isCalledFor]);
  const tokens = (count: number) => (count > 0 ? formatTokens(count, format) : <Dash />);
  return (
    <>
      <tr class={isOpen ? 'selected' : undefined}>
        <th scope="row">
          <button ref={button} type="button" class="link name disclosure" aria-expanded={isOpen} onClick={onToggle}>
            <Icon name={isOpen ? 'down' : 'right'} />
            {callTimeText(call.atMs, session, format)}
          </button>
        </th>
        <td>
          {call.model ?? <span class="muted">Unknown model</span>}
          {call.isSubagent && <span class="badge">subagent</span>}
          {call.isUnlisted && <span class="badge">unlisted</span>}
          {call.billing === 'covered' && <span class="badge">covered</span>}
          {call.loss && <span class="badge">cache broken</span>}
        </td>
        <td class="number minor">{tokens(usage.inputTokens)}</td>
        <td class="number minor">{tokens(usage.cacheReadTokens)}</td>
        <td class="number minor">{tokens(call.cacheWriteTokens)}</td>
        <td class="number">{tokens(usage.outputTokens)}</td>
        <CallCost call={call} />
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

function CallCost({ call: { costNanoUsd } }: { readonly call: PanelCall }) {
  const { format } = usePage();
  return (
    <td class={costNanoUsd === undefined ? 'number lacking' : 'number'}>
      {costNanoUsd === undefined ? 'unpriced' : formatMoney(costNanoUsd, format)}
    </td>
  );
}

function CallDetails({ call, session }: { readonly call: PanelCall; readonly session: SessionView }) {
  const price = call.price === undefined ? undefined : session.prices[call.price];
  return (
    <div class="call-parts">
      <CallBuckets call={call} price={price} />
      <CallFacts call={call} price={price} />
    </div>
  );
}

interface CallPartProps {
  readonly call: PanelCall;
  readonly price: AppliedPrice | undefined;
}

/** What was used, at which price, for how much: to check with a pencil. */
function CallBuckets({ call, price }: CallPartProps) {
  const { format } = usePage();
  return (
    <table class="call-buckets">
      <caption class="hidden-text">Usage and cost of the call by bucket</caption>
      <thead>
        <tr>
          <th scope="col">Bucket</th>
          <NumberHead>Amount</NumberHead>
          <NumberHead>Per million</NumberHead>
          <NumberHead>Cost</NumberHead>
        </tr>
      </thead>
      <tbody>
        {callBuckets(call, price).map(row => (
          <tr key={row.bucket} class={row.partOf ? 'part' : undefined}>
            <th scope="row">{callBucketName(row)}</th>
            <td class="number">{formatCount(row.count, format)}</td>
            <td class="number">
              {row.rateNanoUsd === undefined ? <Dash /> : formatMoney(row.rateNanoUsd, format)}
              {row.bucket === 'webSearches' && row.rateNanoUsd !== undefined && <span class="sub">for one</span>}
            </td>
            <td class="number">{row.costNanoUsd === undefined ? <Dash /> : formatMoney(row.costNanoUsd, format)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{price && price.multiplier !== 1 ? `Cost, times ${String(price.multiplier)}` : 'Cost'}</th>
          <td />
          <td />
          <CallCost call={call} />
        </tr>
      </tfoot>
    </table>
  );
}

function CallFacts({ call, price }: CallPartProps) {
  const { format } = usePage();
  const did = workText(call);
  return (
    <dl class="facts">
      <div>
        <dt>Time</dt>
        <dd>{formatFullTime(call.atMs, format)}</dd>
      </div>
      <div>
        <dt>Price</dt>
        <dd>{price ? <PriceFacts price={price} /> : <NoPrice />}</dd>
      </div>
      {call.loss && (
        <div>
          <dt>Cache</dt>
          <dd class="with-warning">{lossText(call.loss, format)}</dd>
        </div>
      )}
      <div>
        <dt>How it went</dt>
        <dd>
          <ul class="plain-list">
            {outcomeTexts(call).map(text => (
              <li key={text}>{text}</li>
            ))}
            {did !== undefined && <li class="muted">It asked for {did}</li>}
          </ul>
        </dd>
      </div>
      <div>
        <dt>How exact</dt>
        <dd>{call.precision === undefined ? 'Exact, and of this one call' : precisionNames[call.precision]}</dd>
      </div>
      <div>
        <dt>Who pays</dt>
        <dd>{billingNames[call.billing]}</dd>
      </div>
      {(call.recordedNanoUsd !== undefined || call.nanoCredits !== undefined) && <RecordedFacts call={call} />}
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

/** Where the price is from, and why it is not simply the model's. What a bucket costs stands in the table. */
function PriceFacts({ price }: { readonly price: AppliedPrice }) {
  const { format } = usePage();
  const [origin, , ...notes] = priceLines(price, format);
  return (
    <ul class="plain-list" aria-label={priceText(price)}>
      {[origin, ...notes].map(line => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function NoPrice() {
  return (
    <>
      No price is known for this model.{' '}
      <button type="button" class="link" onClick={() => send({ type: 'openSetting', setting: 'prices' })}>
        Add a price…
      </button>
    </>
  );
}

function RecordedFacts({ call }: { readonly call: PanelCall }) {
  const { format } = usePage();
  return (
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
  );
}
