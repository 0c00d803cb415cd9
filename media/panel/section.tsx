import type { ComponentChildren } from 'preact';
import { measures, type Measure } from '../../src/core/panelAmounts.ts';
import { measuresIn, type Cells } from '../../src/core/panelTime.ts';
import { measureNames } from '../../src/core/panelOverviewText.ts';
import { Segments } from './blockTools.tsx';
import type { SectionState } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import './section.css';

/** How a section is shown, which is kept, and how to change that. */
export interface SectionShown extends Required<SectionState> {
  readonly set: (change: SectionState) => void;
}

export function useSection(id: string): SectionShown {
  const { state, setShown } = usePage();
  const { isClosed = false, isTable = false } = state.sections?.[id] ?? {};
  const set = (change: SectionState): void =>
    setShown({ sections: { ...state.sections, [id]: { isClosed, isTable, ...change } } });
  return { isClosed, isTable, set };
}

interface SectionProps {
  readonly id: string;
  readonly title: string;
  /** What is to be known of all of it. */
  readonly note?: string | undefined;
  /** What changes how it is shown. */
  readonly tools?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of the page that can be folded away. */
export function Section({ id, title, note, tools, class: className = '', children }: SectionProps) {
  const { isClosed, set } = useSection(id);
  return (
    <section class={`block ${className}`} aria-labelledby={`${id}-title`}>
      <div class="block-head">
        <div class="fold-head">
          <h2 id={`${id}-title`}>
            <button type="button" class="fold" aria-expanded={!isClosed} onClick={() => set({ isClosed: !isClosed })}>
              <Icon name={isClosed ? 'right' : 'down'} />
              {title}
            </button>
          </h2>
          {note !== undefined && !isClosed && <p class="muted small">{note}</p>}
        </div>
        {!isClosed && tools !== undefined && <div class="block-tools">{tools}</div>}
      </div>
      {!isClosed && children}
    </section>
  );
}

/** Shows the same as a table, or as a picture again. */
export function TableButton({ id, title }: { readonly id: string; readonly title: string }) {
  const { isTable, set } = useSection(id);
  const text = isTable ? 'Picture' : 'Table';
  return (
    <button
      type="button"
      class="secondary with-icon"
      aria-label={`${text}: ${title}`}
      onClick={() => set({ isTable: !isTable })}
    >
      <Icon name={isTable ? 'chart' : 'table'} />
      {text}
    </button>
  );
}

/** What a picture shows of several parts: what was picked, if there is something of it. */
export function useMeasure(parts: readonly Pick<Cells, Measure>[]): Measure {
  const { state } = usePage();
  const found = measuresIn(parts);
  const { measure } = state;
  return measure !== undefined && found.includes(measure) ? measure : (found[0] ?? 'spend');
}

interface MeasurePickerProps {
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Pick<Cells, Measure>[];
}

/** Spend and what a plan covers are shown one at a time: they are no sum. Nothing where there is only one of them. */
export function MeasurePicker({ id, title, parts }: MeasurePickerProps) {
  const { setShown } = usePage();
  const measure = useMeasure(parts);
  if (measuresIn(parts).length < 2) return null;
  return (
    <Segments
      name={`measure-${id}`}
      legend={`${title} shows`}
      isSmall
      values={measures}
      names={measureNames}
      picked={measure}
      onPick={picked => setShown({ measure: picked })}
    />
  );
}
