import type { PanelView, ToPanel } from '../../src/core/panel.ts';

type Packed = Extract<ToPanel, { type: 'view' }>;

/** What is shown, and all that belongs to it. */
export interface ViewMessage extends Omit<Packed, 'packed'> {
  readonly view: PanelView;
}

export type Heard = ViewMessage | Exclude<ToPanel, Packed>;

/**
 * Takes messages of the host, whose views are unpacked while the page goes on: in the order in which they have arrived.
 * @param hear is also told when that was, as `performance.now()` has it
 */
export function inOrder(hear: (message: Heard, arrivedMs: number) => void): (message: ToPanel) => void {
  let before = Promise.resolve();
  return message => {
    const arrivedMs = performance.now();
    // What cannot be unpacked is not shown, and what comes after it is.
    before = before.then(async () => hear(await unpacked(message), arrivedMs)).catch(console.error);
  };
}

async function unpacked(message: ToPanel): Promise<Heard> {
  if (message.type !== 'view') return message;
  const { packed, ...rest } = message;
  const text = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  // Only the worker of the same version of this extension packs views.
  return { ...rest, view: (await new Response(text).json()) as PanelView };
}
