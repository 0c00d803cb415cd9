import { Fragment } from 'preact';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { shareOf } from '../../src/core/panelCosts.ts';
import type { EfficiencyView } from '../../src/core/panelEfficiency.ts';
import { bothPaid, type CallsBehind, type Paid, type SessionBehind } from '../../src/core/panelEfficiencyCalls.ts';
import {
  causeNames,
  outcomeTitles,
  paidLines,
  paidText,
  placeText,
  workKindNames,
} from '../../src/core/panelEfficiencyText.ts';
import {
  countText,
  formatCount,
  formatDateTime,
  formatList,
  formatShare,
  shareLength,
} from '../../src/core/panelText.ts';
import { Share } from './buckets.tsx';
import './efficiency.css';
import { usePage } from './page.ts';
import { Section } from './section.tsx';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';
import { sessionElementId } from './tables.tsx';

interface EfficiencyProps {
  readonly view: EfficiencyView;
}

interface HintedProps extends EfficiencyProps {
  readonly hints: readonly string[];
}

export function BreaksSection({ view, hints }: HintedProps) {
  const { format } = usePage();
  const { breaks, followedCalls } = view.findings;
  const whole = breaks.reduce((sum, row) => sum + bothPaid(row.paid), 0);
  return (
    <Section
      id="cache-breaks"
      title="Broken caches"
      note={`What had to be sent again although the cache had held it, in ${countText(followedCalls, 'call', format)} that follow another one.`}
    >
      {breaks.length === 0 ? (
        <p class="muted">
          {followedCalls === 0
            ? 'No log of this range tells call by call what came from the cache.'
            : 'None: every prompt found what the cache had held.'}
        </p>
      ) : (
        <BehindTable
          id="cache-breaks"
          head="Cause"
          middle="Tokens"
          rows={breaks.map(row => ({
            key: row.cause,
            name: causeNames[row.cause],
            middle: formatTokens(row.tokens, format),
            share: shareOf(bothPaid(row.paid), whole),
            ...row,
          }))}
        />
      )}
      <HintList hints={hints} />
    </Section>
  );
}

export function OutcomesSection({ view, hints }: HintedProps) {
  const { format } = usePage();
  const { outcomes, outcomeTold } = view.findings;
  const { calls, untoldCalls } = outcomeTold;
  const untold = untoldCalls > 0 ? ` Not told of ${countText(untoldCalls, 'call', format)}.` : '';
  return (
    <Section
      id="outcomes-wrong"
      title="What went wrong"
      note={`As far as the logs tell, of ${countText(calls, 'call', format)}; a call may be in several rows, with its whole cost.${untold}`}
    >
      {outcomes.length === 0 ? (
        <p class="muted">
          {calls === 0 ? 'No log of this range tells how calls went.' : 'Nothing, as far as the logs go.'}
        </p>
      ) : (
        <BehindTable
          id="outcomes-wrong"
          head="What"
          middle="Of the calls"
          rows={outcomes.map(row => ({
            key: row.outcome,
            name: outcomeTitles[row.outcome],
            middle: formatShare(shareOf(row.calls, calls), format),
            share: shareOf(bothPaid(row.paid), view.figures.costNanoUsd),
            ...row,
          }))}
        />
      )}
      <HintList hints={hints} />
    </Section>
  );
}

export function WorkSection({ view }: EfficiencyProps) {
  const { format } = usePage();
  const { work, workUntold } = view.findings;
  const whole = work.reduce((sum, row) => sum + bothPaid(row.paid), 0);
  const whose = workUntold.assistants.length > 0 ? ` (${formatList(workUntold.assistants, format)})` : '';
  const untold = workUntold.calls > 0 ? ` Not told of ${countText(workUntold.calls, 'call', format)}${whose}.` : '';
  return (
    <Section id="work-kinds" title="Kinds of work" note={`By the most demanding tool that a call asked for.${untold}`}>
      {work.length === 0 ? (
        <p class="muted">No log of this range tells which tools calls asked for.</p>
      ) : (
        <Scroll id="work-kinds">
          <table>
            <thead>
              <tr>
                <th scope="col">Work</th>
                <NumberHead>Calls</NumberHead>
                <NumberHead>A call</NumberHead>
                <NumberHead>Cost</NumberHead>
                <th scope="col" class="share">
                  Share
                </th>
              </tr>
            </thead>
            <tbody>
              {work.map(row => (
                <tr key={row.work}>
                  <th scope="row">{workKindNames[row.work]}</th>
                  <td class="number">{formatCount(row.calls, format)}</td>
                  <td class="number">
                    {row.perCallNanoUsd === undefined ? <Dash /> : formatMoney(row.perCallNanoUsd, format)}
                  </td>
                  <td class="number">
                    <PaidCell paid={row.paid} of={row} />
                  </td>
                  <td class="share">
                    <Share share={shareOf(bothPaid(row.paid), whole)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  );
}

export function GrowthSection({ view, hints }: HintedProps) {
  const { format } = usePage();
  const { growth } = view.findings;
  const longest = Math.max(1, ...growth.map(row => row.meanPromptTokens));
  return (
    <Section
      id="context-growth"
      title="How prompts grow"
      note="By the place of a call in its session, subagents aside: each call sends the whole conversation."
    >
      {growth.length === 0 ? (
        <p class="muted">No log of this range tells call by call.</p>
      ) : (
        <Scroll id="context-growth">
          <table>
            <thead>
              <tr>
                <th scope="col">Call of the session</th>
                <NumberHead>Calls</NumberHead>
                <NumberHead>Prompt, on average</NumberHead>
                <NumberHead>A call</NumberHead>
              </tr>
            </thead>
            <tbody>
              {growth.map(row => (
                <tr key={row.from}>
                  <th scope="row">{placeText(row, format)}</th>
                  <td class="number">{formatCount(row.calls, format)}</td>
                  <td class="number">
                    {formatTokens(row.meanPromptTokens, format)}
                    <span class="cost-bar" aria-hidden="true">
                      <span class="back-0" style={{ inlineSize: shareLength(row.meanPromptTokens / longest) }} />
                    </span>
                  </td>
                  <td class="number">
                    {row.perCallNanoUsd === undefined ? <Dash /> : formatMoney(row.perCallNanoUsd, format)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <HintList hints={hints} />
    </Section>
  );
}

/** More models are hardly read. */
const mostModels = 8;

export function ReasoningSection({ view, hints }: HintedProps) {
  const { format } = usePage();
  const { rows, paid } = view.reasoning;
  const told = rows.filter(row => row.reasoningTokens > 0);
  return (
    <Section
      id="reasoning-share"
      title="Reasoning"
      note={
        told.length === 0
          ? undefined
          : `${paidText(paid, format)} at the price of output. A model without a share did not reason, or its log does not tell.`
      }
    >
      {told.length === 0 ? (
        <p class="muted">No log of this range tells of reasoning.</p>
      ) : (
        <Scroll id="reasoning-share">
          <table>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <NumberHead>Output</NumberHead>
                <NumberHead>Reasoning</NumberHead>
                <NumberHead>Cost of it</NumberHead>
                <th scope="col" class="share">
                  Of output
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, mostModels).map(row => (
                <tr key={row.title}>
                  <th scope="row" title={row.title}>
                    {row.label}
                  </th>
                  <td class="number">{formatTokens(row.outputTokens, format)}</td>
                  <td class="number">
                    {row.reasoningTokens > 0 ? (
                      <>{formatTokens(row.reasoningTokens, format)}</>
                    ) : (
                      <span class="muted">not told</span>
                    )}
                  </td>
                  <td class="number">{row.reasoningTokens > 0 ? <PaidCell paid={row.paid} /> : <Dash />}</td>
                  <td class="share">{row.share === undefined ? <Dash /> : <Share share={row.share} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <HintList hints={hints} />
    </Section>
  );
}

export function LifetimesSection({ view, hints }: HintedProps) {
  const { format } = usePage();
  const { fiveMinutes, oneHour, hourSurcharge, late, expired, surchargeForAll } = view.findings.lifetimes;
  const isTold = fiveMinutes.tokens + oneHour.tokens > 0;
  return (
    <Section id="cache-lifetimes" title="Five minutes or one hour">
      {!isTold ? (
        <p class="muted">No log of this range tells of writing to a cache.</p>
      ) : (
        <Scroll id="cache-lifetimes">
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <span class="hidden-text">What</span>
                </th>
                <NumberHead>Five minutes</NumberHead>
                <NumberHead>One hour</NumberHead>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">Written to the cache</th>
                <td class="number">{formatTokens(fiveMinutes.tokens, format)}</td>
                <td class="number">{formatTokens(oneHour.tokens, format)}</td>
              </tr>
              <tr>
                <th scope="row">Cost of writing</th>
                <td class="number">
                  <PaidCell paid={fiveMinutes.paid} />
                </td>
                <td class="number">
                  <PaidCell paid={oneHour.paid} />
                </td>
              </tr>
              <tr>
                <th scope="row">An hour costs more than five minutes</th>
                <td class="number">
                  {bothPaid(surchargeForAll) > 0 ? (
                    <>
                      <span class="sub">it would be</span>
                      <PaidCell paid={surchargeForAll} />
                    </>
                  ) : (
                    <Dash />
                  )}
                </td>
                <td class="number">{bothPaid(hourSurcharge) > 0 ? <PaidCell paid={hourSurcharge} /> : <Dash />}</td>
              </tr>
              <tr>
                <th scope="row">Calls 5 to 60 minutes after the one before</th>
                <td class="number">
                  {formatCount(expired.calls, format)}
                  <span class="sub">had expired</span>
                </td>
                <td class="number">
                  {formatCount(late.calls, format)}
                  <span class="sub">still there</span>
                </td>
              </tr>
              <tr>
                <th scope="row">What that cost, and saved</th>
                <td class="number">
                  <PaidCell paid={expired.paid} />
                  <span class="sub">more</span>
                </td>
                <td class="number">
                  <PaidCell paid={late.saved} />
                  <span class="sub">less</span>
                </td>
              </tr>
            </tbody>
          </table>
        </Scroll>
      )}
      <HintList hints={hints} />
    </Section>
  );
}

interface BehindRow extends CallsBehind {
  readonly key: string;
  readonly name: string;
  readonly middle: string;
  readonly share: number | undefined;
}

interface BehindTableProps {
  readonly id: string;
  readonly head: string;
  readonly middle: string;
  readonly rows: readonly BehindRow[];
}

/** Calls by what is the matter with them, each with the sessions that it was dearest in. */
function BehindTable({ id, head, middle, rows }: BehindTableProps) {
  const { format } = usePage();
  return (
    <Scroll id={id}>
      <table class="behind">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <NumberHead>Calls</NumberHead>
            <NumberHead isMinor>{middle}</NumberHead>
            <NumberHead>Cost</NumberHead>
            <th scope="col" class="share">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Fragment key={row.key}>
              <tr>
                <th scope="row">{row.name}</th>
                <td class="number">{formatCount(row.calls, format)}</td>
                <td class="number minor">{row.middle}</td>
                <td class="number">
                  <PaidCell paid={row.paid} of={row} />
                </td>
                <td class="share">
                  <Share share={row.share} />
                </td>
              </tr>
              <tr class="behind-sessions">
                <td colSpan={5}>
                  <ul aria-label={`Dearest sessions: ${row.name}`}>
                    {row.sessions.map(session => (
                      <li key={`${session.assistant} ${session.session}`}>
                        <SessionLink session={session} />
                      </li>
                    ))}
                  </ul>
                </td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Leads to the dearest call that is meant, in its session. */
function SessionLink({
  session: { assistant, session, project, atMs, calls, paid },
}: {
  readonly session: SessionBehind;
}) {
  const { format, request, show } = usePage();
  return (
    <button
      type="button"
      class="link"
      data-session={sessionElementId(assistant, session)}
      title={`${countText(calls, 'call', format)} of ${project.title}: open the dearest one`}
      onClick={() =>
        show({ ...request, session: { assistant, session, order: 'oldest', page: 0, callMs: atMs } }, { isStep: true })
      }
    >
      {project.label}, {formatDateTime(atMs, format)}
      <span class="muted number"> {paidText(paid, format)}</span>
    </button>
  );
}

/** What is spent, and below it what a plan covers and what has no price: never one sum. */
function PaidCell({ paid, of }: { readonly paid: Paid; readonly of?: CallsBehind }) {
  const { format } = usePage();
  const { main, below } = paidLines(paid, format, of);
  return (
    <>
      {main}
      {below.map(text => (
        <span key={text} class="sub">
          {text}
        </span>
      ))}
    </>
  );
}

function HintList({ hints }: { readonly hints: readonly string[] }) {
  if (hints.length === 0) return null;
  return (
    <ul class="hints" aria-label="What helps">
      {hints.map(hint => (
        <li key={hint}>{hint}</li>
      ))}
    </ul>
  );
}
