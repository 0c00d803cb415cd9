import { useState } from 'preact/hooks';
import { formatMoney } from '../../src/core/money.ts';
import { maxPicked } from '../../src/core/panel.ts';
import { countText, formatCount, shareLength } from '../../src/core/panelText.ts';
import type { WhatIfAnswer, WhatIfRow, WhatIfView } from '../../src/core/panelWhatIf.ts';
import {
  assumptionText,
  differenceShare,
  differenceText,
  groupOf,
  leftTexts,
  offerGroupNames,
  offerGroups,
  offerLabel,
  offerNote,
  whatIfNotes,
} from '../../src/core/panelWhatIfText.ts';
import { send } from './host.ts';
import { Limits } from './header.tsx';
import { NoCalls } from './overview.tsx';
import { usePage } from './page.ts';
import { NumberHead, Scroll } from './tableParts.tsx';
import { LineSwatch, WasSwatch, WhatIfChart } from './whatIfChart.tsx';

/** The same work, done otherwise. */
export function WhatIf({ view }: { readonly view: WhatIfView }) {
  const { format } = usePage();
  const { answer } = view;
  const notes = whatIfNotes(view, format);
  return (
    <>
      <Limits view={view} />
      {answer ? (
        <div class="what-if">
          <Offers view={view} />
          <div class="results">
            <Answer answer={answer} notes={notes} />
            {answer.rows.length > 0 && (
              <>
                <WhatIfChart answer={answer} />
                <Assumptions answer={answer} />
              </>
            )}
          </div>
        </div>
      ) : (
        <NoCalls view={view} />
      )}
    </>
  );
}

function usePicks(view: WhatIfView): {
  readonly picks: readonly string[];
  readonly isFull: boolean;
  readonly toggle: (id: string) => void;
} {
  const { request, show } = usePage();
  // What was asked for last counts, ahead of the view: two ticks in a row are two.
  const picks = request.whatIf ?? view.offers.filter(({ isPicked }) => isPicked).map(({ id }) => id);
  const toggle = (id: string): void =>
    show({ ...request, whatIf: picks.includes(id) ? picks.filter(each => each !== id) : [...picks, id] });
  return { picks, isFull: picks.length >= maxPicked, toggle };
}

function Offers({ view }: { readonly view: WhatIfView }) {
  const { format } = usePage();
  const { picks, isFull, toggle } = usePicks(view);
  const hasInternal = view.offers.some(({ kind }) => kind === 'internal');
  return (
    <section class="block" aria-labelledby="offers-title">
      <h2 id="offers-title">What if these calls had been made</h2>
      <div class="offer-groups">
        {!hasInternal && (
          <div class="offers">
            <h3>{offerGroupNames.internal}</h3>
            <p class="muted small">None is described yet.</p>
            <button
              type="button"
              class="link"
              onClick={() => send({ type: 'command', command: 'describeInternalModel' })}
            >
              Describe the internal model…
            </button>
          </div>
        )}
        {offerGroups.map(group => {
          const offers = view.offers.filter(offer => groupOf(offer) === group);
          if (offers.length === 0) return null;
          return (
            <fieldset key={group} class="offers">
              <legend>{offerGroupNames[group]}</legend>
              {offers.map(offer => {
                const isPicked = picks.includes(offer.id);
                return (
                  <label key={offer.id} class="offer">
                    <input
                      type="checkbox"
                      checked={isPicked}
                      disabled={isFull && !isPicked}
                      onChange={() => toggle(offer.id)}
                    />
                    <span>
                      {offerLabel(offer)}
                      <span class="sub">{offerNote(offer, format)}</span>
                    </span>
                  </label>
                );
              })}
            </fieldset>
          );
        })}
        <OtherModel others={view.others} isFull={isFull} pick={toggle} />
      </div>
      {isFull && <p class="muted small more">No more than {formatCount(maxPicked, format)} can be compared at once.</p>}
    </section>
  );
}

interface OtherModelProps {
  readonly others: readonly string[];
  readonly isFull: boolean;
  readonly pick: (id: string) => void;
}

/** Any other model that has a list price, found by its name. */
function OtherModel({ others, isFull, pick }: OtherModelProps) {
  const [text, setText] = useState('');
  const found = others.find(id => id === text.trim().toLowerCase());
  return (
    <form
      class="offers"
      onSubmit={event => {
        event.preventDefault();
        if (found === undefined) return;
        pick(found);
        setText('');
      }}
    >
      <label for="other-model">Any other model</label>
      <div class="other-model">
        <input
          id="other-model"
          type="text"
          list="other-models"
          placeholder="Search by name"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget: { value } }) => setText(value)}
        />
        <datalist id="other-models">
          {others.map(id => (
            <option key={id} value={id} />
          ))}
        </datalist>
        <button type="submit" class="secondary" disabled={isFull || found === undefined}>
          Add
        </button>
      </div>
    </form>
  );
}

interface AnswerProps {
  readonly answer: WhatIfAnswer;
  readonly notes: readonly string[];
}

function Answer({ answer, notes }: AnswerProps) {
  const { format } = usePage();
  const highest = Math.max(answer.costNanoUsd, ...answer.rows.map(row => row.costNanoUsd));
  const lengthOf = (cost: number): string => shareLength(highest > 0 ? cost / highest : 0);
  return (
    <section class="block" aria-labelledby="answer-title">
      <h2 id="answer-title">They would have cost</h2>
      <Scroll id="answer">
        <table class="answer">
          <thead>
            <tr>
              <th scope="col">What if</th>
              <NumberHead>Cost</NumberHead>
              <NumberHead>Difference</NumberHead>
              <th scope="col" class="wide">
                Calls
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">
                <span class="with-swatch">
                  <WasSwatch /> As it was
                </span>
              </th>
              <td class="number">
                <Cost nanoUsd={answer.costNanoUsd} length={lengthOf(answer.costNanoUsd)} bar="as-it-was-bar" />
              </td>
              <td class="number muted">–</td>
              <td class="wide">{countText(answer.calls, 'call', format)}</td>
            </tr>
            {answer.rows.map((row, series) => (
              <tr key={row.offer.id}>
                <th scope="row">
                  <span class="with-swatch">
                    <LineSwatch series={series} />
                    <span>
                      {offerLabel(row.offer)}
                      <span class="narrow-only">
                        <ChangedCalls row={row} />
                      </span>
                    </span>
                  </span>
                </th>
                <td class="number">
                  <Cost nanoUsd={row.costNanoUsd} length={lengthOf(row.costNanoUsd)} bar={`back-${String(series)}`} />
                </td>
                <td class={row.savingNanoUsd < 0 ? 'number dearer' : 'number'}>
                  {differenceText(row, format)}
                  <span class="sub">{differenceShare(row, format)}</span>
                </td>
                <td class="wide">
                  <ChangedCalls row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {answer.rows.length === 0 && <p class="muted more">Tick something to see what the same calls would have cost.</p>}
      {notes.length > 0 && (
        <ul class="plain-list muted small more">
          {notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface CostProps {
  readonly nanoUsd: number;
  /** In CSS. */
  readonly length: string;
  /** The class of its colour. */
  readonly bar: string;
}

/** A cost as a number, with a bar for the eye. */
function Cost({ nanoUsd, length, bar }: CostProps) {
  const { format } = usePage();
  return (
    <>
      {formatMoney(nanoUsd, format)}
      <span class="cost-bar" aria-hidden="true">
        <span class={bar} style={{ inlineSize: length }} />
      </span>
    </>
  );
}

/** How many calls are others, and why the rest is not. */
function ChangedCalls({ row }: { readonly row: WhatIfRow }) {
  const { format } = usePage();
  return (
    <>
      <span class="line">{countText(row.changedCalls, 'call', format)} changed</span>
      {leftTexts(row, format).map(text => (
        <span key={text} class="sub">
          {text}
        </span>
      ))}
    </>
  );
}

/** What each of the numbers rests on. */
function Assumptions({ answer }: { readonly answer: WhatIfAnswer }) {
  const { format } = usePage();
  return (
    <section class="block" aria-labelledby="assumptions-title">
      <h2 id="assumptions-title">What this rests on</h2>
      <div class="assumptions">
        {answer.rows.map((row, series) => (
          <div key={row.offer.id}>
            <h3 class="with-swatch">
              <LineSwatch series={series} /> {offerLabel(row.offer)}
            </h3>
            <ul class="sentences">
              {row.assumptions.map(assumption => (
                <li key={assumption}>{assumptionText(assumption, row, format)}</li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}
