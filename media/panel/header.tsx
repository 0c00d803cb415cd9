import { useState } from 'preact/hooks';
import { namedRanges, toggleFilter, type PanelHead, type PanelRange, type RangeHead } from '../../src/core/panel.ts';
import {
  currencyText,
  dimensionNames,
  formatTime,
  knownDaysText,
  rangeNames,
  requestText,
} from '../../src/core/panelText.ts';
import { Segments } from './blockTools.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Share } from './share.tsx';

/** What stands above all tabs. */
export function Header() {
  const { view, format } = usePage();
  const isReading = view.reading.state === 'indexing';
  const currency = currencyText(format);
  return (
    <header class="head-line">
      <div>
        <h1>AI spend</h1>
        {currency !== undefined && <p class="muted small">{currency}</p>}
      </div>
      <div class="freshness">
        <span class={isReading ? 'live-dot reading' : 'live-dot'} />
        <span class="muted">{isReading ? 'Reading logs' : `Checked ${formatTime(view.checkedAtMs, format)}`}</span>
        <button
          type="button"
          class="icon-button"
          aria-label="Look at all logs now"
          title="Look at all logs now"
          onClick={() => send({ type: 'command', command: 'refresh' })}
        >
          <Icon name="refresh" />
        </button>
        <Share />
      </div>
    </header>
  );
}

type RangeView = PanelHead & RangeHead;

/** What the numbers of a tab are limited to. */
export function Limits({ view }: { readonly view: RangeView }) {
  const { format, request, state, goBack } = usePage();
  const before = state.trail?.at(-1);
  return (
    <div class="limits">
      <div class="head-line controls">
        {before && (
          <button type="button" class="link back" onClick={goBack}>
            <Icon name="back" /> Back to {requestText(before, format)}
          </button>
        )}
        <RangePicker key={JSON.stringify(request.range)} range={request.range} view={view} />
        <p class="range-text">{knownDaysText(view, format)}</p>
      </div>
      <Filters view={view} />
    </div>
  );
}

function RangePicker({ range, view }: { readonly range: PanelRange; readonly view: RangeView }) {
  const { request, show } = usePage();
  const [isCustom, setCustom] = useState(range.kind === 'custom');
  const pick = (kind: PanelRange['kind']): void => {
    setCustom(kind === 'custom');
    if (kind !== 'custom') show({ ...request, range: { kind } });
  };
  return (
    <>
      <Segments
        name="range"
        legend="Range"
        values={[...namedRanges, 'custom' as const]}
        names={rangeNames}
        picked={isCustom ? 'custom' : range.kind}
        onPick={pick}
      />
      {isCustom && <CustomRange fromDay={view.fromDay} toDay={view.toDay} today={view.today} />}
    </>
  );
}

interface CustomRangeProps {
  readonly fromDay: string;
  readonly toDay: string;
  readonly today: string;
}

function CustomRange({ fromDay, toDay, today }: CustomRangeProps) {
  const { request, show } = usePage();
  return (
    <form
      class="custom-range"
      onSubmit={event => {
        event.preventDefault();
        const days = new FormData(event.currentTarget);
        show({
          ...request,
          range: { kind: 'custom', fromDay: textOf(days.get('from')), toDay: textOf(days.get('to')) },
        });
      }}
    >
      <label>
        From <input type="date" name="from" required max={today} defaultValue={fromDay} />
      </label>
      <label>
        to <input type="date" name="to" required defaultValue={toDay} />
      </label>
      <button type="submit" class="secondary">
        Show
      </button>
    </form>
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}

/** What the numbers are limited to, each with its way out. */
export function Filters({ view }: { readonly view: RangeView }) {
  const { request, show } = usePage();
  if (view.filters.length === 0) return null;
  return (
    <ul class="filters" aria-label="Filters">
      {view.filters.map(({ dimension, key, label, title }) => (
        <li key={dimension}>
          <button
            type="button"
            class="chip"
            title={title}
            aria-label={`Remove the filter ${dimensionNames[dimension]}: ${label}`}
            onClick={() => show(toggleFilter(request, dimension, key))}
          >
            <span class="muted">{dimensionNames[dimension]}</span> {label} <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="link" onClick={() => show({ ...request, filter: {} })}>
          Clear
        </button>
      </li>
    </ul>
  );
}
