import type { ComponentChildren } from 'preact';

interface ScrollProps {
  /** Of its section, whose title names the table. */
  readonly id: string;
  /** Whether it scrolls up and down too, as what may have very many rows. */
  readonly isTall?: boolean;
  readonly children: ComponentChildren;
}

/** Around a table that may be wider than the page: it scrolls by itself, also by the keyboard. */
export function Scroll({ id, isTall = false, children }: ScrollProps) {
  return (
    <div class={isTall ? 'scroll tall' : 'scroll'} role="group" aria-labelledby={`${id}-title`} tabIndex={0}>
      {children}
    </div>
  );
}

interface NumberHeadProps {
  readonly title?: string | undefined;
  /** Given up first where there is little room. */
  readonly isMinor?: boolean;
  readonly children: ComponentChildren;
}

/** The head of a column of numbers. */
export function NumberHead({ title, isMinor = false, children }: NumberHeadProps) {
  return (
    <th scope="col" class={isMinor ? 'number minor' : 'number'} title={title}>
      {children}
    </th>
  );
}

/** The heads of what is spent and of what a plan covers, which stand apart. */
export function CostHeads({ hasCovered }: { readonly hasCovered: boolean }) {
  return (
    <>
      <NumberHead>{hasCovered ? 'Spend' : 'Cost'}</NumberHead>
      {hasCovered && <NumberHead>Covered</NumberHead>}
    </>
  );
}

/** Where there is no number. */
export function Dash() {
  return <span class="muted">–</span>;
}
