import { compareKinds, firstComparison, type CompareRequest, type CompareView } from '../../src/core/panelCompare.ts';
import {
  changeText,
  compareKindNames,
  compareLines,
  compareNotes,
  riseCauseText,
  signed,
  sideLabel,
} from '../../src/core/panelCompareText.ts';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { bucketCostText, bucketNames, countText, formatCount, formatShare } from '../../src/core/panelText.ts';
import { workNames } from '../../src/core/panelSwitchText.ts';
import { Segments } from './blockTools.tsx';
import { Limits } from './header.tsx';
import './compare.css';
import { CompareChart } from './compareChart.tsx';
import { usePage } from './page.ts';
import { Swatch } from './patterns.tsx';
import { Dash, NumberHead, Scroll } from './tableParts.tsx';

type Sides = NonNullable<CompareView['sides']>;

/** Two ranges, models, assistants or projects side by side. */
export function Compare({ view }: { readonly view: CompareView }) {
  return (
    <>
      <Limits view={view} />
      <Pickers view={view} />
      {view.sides?.every(({ totals }) => totals.calls === 0 && totals.tokens === 0) ? (
        <section class="state slim">
          <h2>No calls on either side</h2>
          <p>Pick other days above, or remove a filter.</p>
        </section>
      ) : view.sides ? (
        <>
          <Figures view={view} sides={view.sides} />
          <CompareChart view={view} sides={view.sides} />
          <div class="columns">
            <BucketPairs sides={view.sides} />
            <Closer view={view} sides={view.sides} />
          </div>
        </>
      ) : (
        <section class="state slim">
          <h2>There are no two to compare</h2>
          <p>
            Only one {view.by}, or none, has calls in this range. Pick a longer range, or compare two ranges instead.
          </p>
        </section>
      )}
    </>
  );
}

/** What is compared with what. */
function Pickers({ view }: { readonly view: CompareView }) {
  const { request, show } = usePage();
  const asked = request.compare ?? firstComparison;
  const compare = (next: CompareRequest): void => show({ ...request, compare: next });
  return (
    <div class="compare-pickers" role="group" aria-label="What is compared">
      <Segments
        name="compare-by"
        legend="Compare"
        values={compareKinds}
        names={compareKindNames}
        picked={asked.by}
        onPick={by => compare({ by })}
      />
      {asked.by === 'range' ? (
        <OtherRange key={JSON.stringify(asked.with)} view={view} asked={asked} compare={compare} />
      ) : (
        <NamedPickers view={view} asked={asked} compare={compare} />
      )}
    </div>
  );
}

interface PickerProps<Asked extends CompareRequest> {
  readonly view: CompareView;
  readonly asked: Asked;
  readonly compare: (next: CompareRequest) => void;
}

/** The range above is the one side; the other is what was before it, or any days. */
function OtherRange({ view, asked, compare }: PickerProps<Extract<CompareRequest, { by: 'range' }>>) {
  const other = view.sides?.[1];
  return (
    <form
      class="custom-range"
      onSubmit={event => {
        event.preventDefault();
        const days = new FormData(event.currentTarget);
        const [fromDay, toDay] = [days.get('compare-from'), days.get('compare-to')];
        if (typeof fromDay === 'string' && typeof toDay === 'string')
          compare({ by: 'range', with: { fromDay, toDay } });
      }}
    >
      <span class="muted">with</span>
      <label>
        <span class="hidden-text">Compare with the days </span>from{' '}
        <input
          type="date"
          name="compare-from"
          required
          max={view.today}
          key={other?.fromDay}
          defaultValue={other?.fromDay ?? view.fromDay}
        />
      </label>
      <label>
        to <input type="date" name="compare-to" required key={other?.toDay} defaultValue={other?.toDay ?? view.toDay} />
      </label>
      <button type="submit" class="secondary">
        Compare
      </button>
      {asked.with && (
        <button type="button" class="link" onClick={() => compare({ by: 'range' })}>
          The time before instead
        </button>
      )}
    </form>
  );
}

function NamedPickers({ view, asked, compare }: PickerProps<Exclude<CompareRequest, { by: 'range' }>>) {
  const { sides, choices } = view;
  if (!sides) return null;
  const picked = sides.map(({ key }) => choices.findIndex(choice => choice.key === key));
  const pick = (side: 0 | 1, index: number): void => {
    const keys = [sides[0].key, sides[1].key];
    const key = choices[index]?.key;
    // Who picks the other one means to have them the other way round.
    if (key === keys[1 - side]) keys[1 - side] = keys[side];
    keys[side] = key;
    const [first, second] = keys;
    compare({ by: asked.by, ...(first !== undefined && { first }), ...(second !== undefined && { second }) });
  };
  return (
    <div class="compare-selects">
      {([0, 1] as const).map(side => (
        <label key={side}>
          <span class={side === 0 ? 'hidden-text' : 'muted'}>{side === 0 ? `First ${asked.by}` : 'with'}</span>
          <select
            aria-label={`${side === 0 ? 'First' : 'Second'} ${asked.by}`}
            value={String(picked[side])}
            onChange={event => pick(side, Number(event.currentTarget.value))}
          >
            {choices.map((choice, index) => (
              <option key={index} value={String(index)} title={choice.title}>
                {choice.label}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}

interface SidesProps {
  readonly view: CompareView;
  readonly sides: Sides;
}

function SideHeads({ sides }: { readonly sides: Sides }) {
  const { format } = usePage();
  return (
    <>
      {sides.map((side, index) => (
        <NumberHead key={index} title={side.name?.title}>
          <span class="with-swatch">
            <Swatch index={index} isRest={false} /> {sideLabel(side, format)}
          </span>
        </NumberHead>
      ))}
    </>
  );
}

function Figures({ view, sides }: SidesProps) {
  const { format } = usePage();
  const notes = compareNotes(view, format);
  return (
    <section class="block" aria-labelledby="compare-figures-title">
      <h2 id="compare-figures-title">Side by side</h2>
      <Scroll id="compare-figures">
        <table class="compare-figures">
          <thead>
            <tr>
              <th scope="col">
                <span class="hidden-text">Figure</span>
              </th>
              <SideHeads sides={sides} />
              <th scope="col" class="number beside">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            {compareLines(sides, format).map(({ name, texts, change }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">
                  {texts[0]}
                  {change !== undefined && <span class="sub below">{change}</span>}
                </td>
                <td class="number">{texts[1]}</td>
                <td class="number beside">{change ?? <Dash />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {notes.map(note => (
        <p key={note} class="muted small">
          {note}
        </p>
      ))}
    </section>
  );
}

/** What was used, and what it cost, on both sides. */
function BucketPairs({ sides }: { readonly sides: Sides }) {
  const { format } = usePage();
  const [a, b] = sides;
  const rows = a.buckets.rows.flatMap((row, index) => {
    const other = b.buckets.rows[index];
    return other && (row.count > 0 || other.count > 0) ? [[row, other] as const] : [];
  });
  return (
    <section class="block" aria-labelledby="compare-buckets-title">
      <h2 id="compare-buckets-title">Usage</h2>
      <Scroll id="compare-buckets">
        <table>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <SideHeads sides={sides} />
              <NumberHead>Difference</NumberHead>
            </tr>
          </thead>
          <tbody>
            {rows.map(([row, other]) => (
              <tr key={row.bucket} class={row.partOf ? 'part' : undefined}>
                <th scope="row">
                  {row.partOf && <span class="muted">of it </span>}
                  {bucketNames[row.bucket]}
                </th>
                {[row, other].map((one, index) => (
                  <td key={index} class="number" title={formatCount(one.count, format)}>
                    {formatTokens(one.count, format)}
                    <span class="sub">{one.partOf ? 'in output' : bucketCostText(one, format)}</span>
                  </td>
                ))}
                <td class="number">
                  {changeText(row.count, other.count, value => formatTokens(value, format), format)}
                </td>
              </tr>
            ))}
            {(a.buckets.unattributedNanoUsd > 0 || b.buckets.unattributedNanoUsd > 0) && (
              <tr>
                <th scope="row">Not known by bucket</th>
                <td class="number">{formatMoney(a.buckets.unattributedNanoUsd, format)}</td>
                <td class="number">{formatMoney(b.buckets.unattributedNanoUsd, format)}</td>
                <td />
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** What only single calls tell: kinds of work, and why one range cost more. */
function Closer({ view, sides }: SidesProps) {
  const { request, show, format } = usePage();
  const { closer } = view;
  if (closer === undefined) return null;
  if (closer === 'many' || closer === 'tooMany') {
    const calls = countText(sides[0].totals.calls + sides[1].totals.calls, 'call', format);
    return (
      <section class="block" aria-labelledby="compare-closer-title">
        <h2 id="compare-closer-title">Why, and for what</h2>
        {closer === 'tooMany' ? (
          <p>Causes and kinds of work take a look at each of {calls}: too many. Pick a shorter range or a filter.</p>
        ) : (
          <>
            <p>Causes and kinds of work take a look at each of {calls}.</p>
            <button
              type="button"
              class="secondary"
              onClick={() =>
                show({ ...request, compare: { ...(request.compare ?? firstComparison), looksCloser: true } })
              }
            >
              Look at them
            </button>
          </>
        )}
      </section>
    );
  }
  return (
    <>
      <Rise view={view} sides={sides} />
      <Works sides={sides} closer={closer} />
    </>
  );
}

type LookedCloser = Exclude<CompareView['closer'], string | undefined>;

function Rise({ view, sides }: SidesProps) {
  const { format } = usePage();
  const { closer } = view;
  if (typeof closer !== 'object' || !closer.rise) return null;
  const { dearer, measure, riseNanoUsd, causes } = closer.rise;
  const side = sides[dearer];
  return (
    <section class="block" aria-labelledby="compare-rise-title">
      <h2 id="compare-rise-title">Why one cost more</h2>
      <p>
        {sideLabel(side, format)} {measure === 'covered' ? 'took' : 'cost'} {formatMoney(riseNanoUsd, format)} more
        {measure === 'covered' && ' of what a plan covers'}. The parts sum to that; a part below zero made it cheaper.
      </p>
      <Scroll id="compare-rise">
        <table>
          <thead>
            <tr>
              <th scope="col">Cause</th>
              <NumberHead>Part</NumberHead>
              <NumberHead>Share</NumberHead>
            </tr>
          </thead>
          <tbody>
            {causes.map(({ cause, nanoUsd, share }) => (
              <tr key={cause}>
                <th scope="row" class="capital">
                  {riseCauseText(cause)}
                </th>
                <td class="number">{signed(nanoUsd < 0 ? '\u2212' : '', formatMoney(Math.abs(nanoUsd), format))}</td>
                <td class="number">
                  {share < 0 && '\u2212'}
                  {formatShare(Math.abs(share), format)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function Works({ sides, closer }: { readonly sides: Sides; readonly closer: LookedCloser }) {
  const { format } = usePage();
  return (
    <section class="block" aria-labelledby="compare-works-title">
      <h2 id="compare-works-title">Kinds of work</h2>
      <Scroll id="compare-works">
        <table>
          <thead>
            <tr>
              <th scope="col">Work</th>
              <SideHeads sides={sides} />
              <NumberHead>Difference</NumberHead>
            </tr>
          </thead>
          <tbody>
            {closer.works.map(({ work, figures }) => (
              <tr key={work}>
                <th scope="row">{workNames[work]}</th>
                {figures.map(({ calls, spendNanoUsd, coveredNanoUsd, unpricedCalls }, index) => (
                  <td key={index} class="number">
                    {calls > 0 && unpricedCalls === calls ? 'unpriced' : formatMoney(spendNanoUsd, format)}
                    {coveredNanoUsd > 0 && <span class="sub">and {formatMoney(coveredNanoUsd, format)} covered</span>}
                    <span class="sub">
                      {countText(calls, 'call', format)}
                      {unpricedCalls > 0 && unpricedCalls < calls && `, ${formatCount(unpricedCalls, format)} unpriced`}
                    </span>
                  </td>
                ))}
                <td class="number">
                  {changeText(
                    figures[0].spendNanoUsd,
                    figures[1].spendNanoUsd,
                    value => formatMoney(value, format),
                    format,
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
