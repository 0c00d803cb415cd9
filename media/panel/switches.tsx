import { Fragment } from 'preact';
import {
  expectedText,
  healthText,
  measuredPerDayText,
  measuredText,
  qualityText,
  scopeText,
  timeText,
  troubleTexts,
  undoText,
  verdictNames,
  workNames,
  workSavingText,
} from '../../src/core/panelSwitchText.ts';
import type { SwitchesView, SwitchLookBack, SwitchRow, SwitchWorkRow } from '../../src/core/panelSwitches.ts';
import { formatMoney } from '../../src/core/money.ts';
import { countText, formatCount } from '../../src/core/panelText.ts';
import { Empty } from './empty.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { NumberHead } from './tableParts.tsx';

/** What points at an internal model, and what came of it. */
export function Switches({ view }: { readonly view: SwitchesView }) {
  const { format } = usePage();
  const { inEffect, ended, earlier } = view;
  return (
    <>
      {inEffect.length === 0 ? (
        <NothingSwitched hasInternalModel={view.hasInternalModel} isAlone={ended.length === 0} />
      ) : (
        <section class="block" aria-labelledby="in-effect-title">
          <h2 id="in-effect-title">
            In effect <span class="count">{formatCount(inEffect.length, format)}</span>
          </h2>
          <ul class="cards">
            {inEffect.map(row => (
              <SwitchCard key={row.id} row={row} />
            ))}
          </ul>
        </section>
      )}
      {ended.length > 0 && (
        <section class="block" aria-labelledby="ended-title">
          <h2 id="ended-title">
            Over <span class="count">{formatCount(ended.length + earlier, format)}</span>
          </h2>
          <ul class="cards">
            {ended.map(row => (
              <SwitchCard key={`${row.id} ${String(row.sinceMs)}`} row={row} />
            ))}
          </ul>
          {earlier > 0 && <p class="muted small more">and {formatCount(earlier, format)} earlier</p>}
        </section>
      )}
    </>
  );
}

interface NothingSwitchedProps {
  readonly hasInternalModel: boolean;
  /** Whether nothing was ever switched, so that there is nothing else to see. */
  readonly isAlone: boolean;
}

function NothingSwitched({ hasInternalModel, isAlone }: NothingSwitchedProps) {
  const about = { id: 'not-switched', icon: 'switch', title: 'Nothing is switched', isBeside: !isAlone } as const;
  return hasInternalModel ? (
    <Empty
      {...about}
      lead={
        <>
          A switch points an assistant at your internal model. It stays visible while it lasts, is checked by what the
          next call says, and can be undone to the byte. What it saved is measured here.
        </>
      }
      actions={
        <>
          <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'whySwitch' })}>
            What would it save?
          </button>
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'actions' })}>
            Switch…
          </button>
        </>
      }
    />
  ) : (
    <Empty
      {...about}
      lead={
        <>
          Describe your company’s internal model once, and assistants can be switched to it and back. What each switch
          saved is measured here.
        </>
      }
      actions={
        <button
          type="button"
          class="primary"
          onClick={() => send({ type: 'command', command: 'describeInternalModel' })}
        >
          Describe the internal model…
        </button>
      }
    />
  );
}

function SwitchCard({ row }: { readonly row: SwitchRow }) {
  const { format } = usePage();
  const { state, lookBack } = row;
  const health = healthText(row, format);
  const title = `${row.assistantName} ${scopeText(row)}`;
  return (
    <li class={state.kind === 'ended' ? 'card over' : 'card'}>
      <div class="card-head">
        <div>
          <h3>
            <span>{row.assistantName}</span>
            <Icon name="right" class="muted" />
            <span>{row.displayName}</span>
            {row.isTrial && <span class="badge">trial</span>}
          </h3>
          <p class="muted">
            <span title={row.where?.title}>{scopeText(row)}</span> · {timeText(row, format)}
          </p>
        </div>
        {state.kind !== 'ended' && (
          <button
            type="button"
            class="secondary with-icon"
            aria-label={
              state.kind === 'guided' ? `Say it is over: the switch of ${title}` : `Undo the switch of ${title}`
            }
            title={undoText(row)}
            onClick={() => send({ type: 'undoSwitch', id: row.id })}
          >
            <Icon name="undo" /> {state.kind === 'guided' ? 'Say it is over' : 'Undo'}
          </button>
        )}
      </div>
      {health && (
        <p class={healthClass(health.isGood)}>
          <Icon name={health.isGood === undefined ? 'wait' : health.isGood ? 'check' : 'warning'} />
          <span>{health.text}</span>
        </p>
      )}
      {troubleTexts(row, format).map(text => (
        <p key={text} class="with-mark bad">
          <Icon name="warning" />
          <span>{text}</span>
        </p>
      ))}
      {lookBack && <LookBackFacts lookBack={lookBack} title={title} />}
      {state.kind !== 'ended' && (
        <p class="muted small">
          {state.kind === 'inEffect' && <code>{state.path}</code>} {undoText(row)}.
        </p>
      )}
    </li>
  );
}

function healthClass(isGood: boolean | undefined): string {
  return isGood === undefined ? 'with-mark muted' : isGood ? 'with-mark good' : 'with-mark bad';
}

/** What was expected and what was measured, side by side and never as one number. */
function LookBackFacts({ lookBack, title }: { readonly lookBack: SwitchLookBack; readonly title: string }) {
  const { format } = usePage();
  const perDay = measuredPerDayText(lookBack, format);
  return (
    <>
      <dl class="compared">
        <div>
          <dt>Expected when it was switched</dt>
          <dd>{expectedText(lookBack, format)}</dd>
        </div>
        <div>
          <dt>Measured since</dt>
          <dd>
            {measuredText(lookBack, format)}
            {perDay !== undefined && <span class="sub">{perDay}</span>}
          </dd>
        </div>
      </dl>
      {lookBack.byWork.length > 0 && <WorkTable rows={lookBack.byWork} title={title} />}
      {lookBack.notCompared > 0 && (
        <p class="muted small">
          {countText(lookBack.notCompared, 'call', format)} could not be compared: without a price, or nothing is known
          of what was used before.
        </p>
      )}
    </>
  );
}

function WorkTable({ rows, title }: { readonly rows: readonly SwitchWorkRow[]; readonly title: string }) {
  const { format } = usePage();
  return (
    <div class="scroll" role="group" aria-label={`By kind of work: ${title}`} tabIndex={0}>
      <table class="work">
        <thead>
          <tr>
            <th scope="col">Work</th>
            <NumberHead>Calls</NumberHead>
            <NumberHead>Cost</NumberHead>
            <NumberHead>Than before</NumberHead>
            <th scope="col" class="wide">
              Went wrong before
            </th>
            <th scope="col" class="wide">
              Went wrong since
            </th>
            <th scope="col" class="wide">
              Quality
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Fragment key={row.work}>
              <tr>
                <th scope="row">{workNames[row.work]}</th>
                <td class="number">{formatCount(row.calls, format)}</td>
                <td class="number">{formatMoney(row.costNanoUsd, format)}</td>
                <td class="number">{workSavingText(row, format)}</td>
                <td class="wide number-start">{qualityText(row.before, format)}</td>
                <td class="wide number-start">{qualityText(row.since, format)}</td>
                <td class={`wide verdict ${row.verdict}`}>{verdictNames[row.verdict]}</td>
              </tr>
              <tr class="narrow-row">
                <td colSpan={4}>
                  <span class="sub">Went wrong before: {qualityText(row.before, format)}</span>
                  <span class="sub">Went wrong since: {qualityText(row.since, format)}</span>
                  <span class={`sub verdict ${row.verdict}`}>{verdictNames[row.verdict]}</span>
                </td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}
