import type { ComponentChildren, RefObject } from 'preact';
import { useState } from 'preact/hooks';

/** The marks of a picture, of which one is spoken of, and one is where the keyboard enters. */
export interface Marks {
  readonly active: number | undefined;
  readonly stop: number;
  /** For the element that holds all of them; a mark has its number in `data-mark`. */
  readonly handlers: object;
}

export interface MarksOptions {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly count: number;
  /** Where the keyboard enters at first. */
  readonly first: number;
  /** The mark that a key leads to from another one; undefined if the key is not for moving. */
  readonly next: (key: string, from: number) => number | undefined;
  readonly open: (mark: number) => void;
}

/** One listener for all marks: there may be hundreds. */
export function useMarks({ box, count, first, next, open }: MarksOptions): Marks {
  const [active, setActive] = useState<number>();
  const [entered, setEntered] = useState<number>();
  const leave = (): void => setActive(undefined);
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = markOf(event);
    if (from === undefined) return;
    if (event.key === 'Escape') leave();
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(from);
      return;
    }
    const to = next(event.key, from);
    if (to === undefined) return;
    event.preventDefault();
    box.current?.querySelector<SVGGElement>(`[data-mark="${String(to)}"]`)?.focus();
  };
  return {
    active: active !== undefined && active < count ? active : undefined,
    stop: entered !== undefined && entered < count ? entered : first,
    handlers: {
      onMouseOver: (event: MouseEvent) => setActive(markOf(event)),
      onMouseLeave: leave,
      onFocusIn: (event: FocusEvent) => {
        setActive(markOf(event));
        setEntered(markOf(event));
      },
      onFocusOut: leave,
      onKeyDown,
      onClick: (event: MouseEvent) => {
        const mark = markOf(event);
        if (mark !== undefined) open(mark);
      },
    },
  };
}

function markOf({ target }: Event): number | undefined {
  const mark = target instanceof Element ? target.closest('[data-mark]')?.getAttribute('data-mark') : undefined;
  return mark === undefined || mark === null ? undefined : Number(mark);
}

interface MarkDetailsProps {
  readonly x: number;
  readonly y: number;
  /** Of the picture: the box is on the side that has more room. */
  readonly width: number;
  readonly children: ComponentChildren;
}

/** What a mark's label says, for the eye. */
export function MarkDetails({ x, y, width, children }: MarkDetailsProps) {
  return (
    <div
      class={x * 2 > width ? 'mark-details at-left' : 'mark-details'}
      style={{ '--x': `${String(x)}px`, '--y': `${String(y)}px` }}
      aria-hidden="true"
    >
      {children}
    </div>
  );
}
