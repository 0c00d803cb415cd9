import { work, type WorkName } from './call.ts';

/** The one kind of work that a call is counted under. */
export type WorkKind = WorkName | 'answer';

/**
 * The kinds of work, the most demanding first: a call that does several is counted under the first of them. `answer`
 * is a call that asks for no tool.
 */
export const workKinds = ['delegate', 'edit', 'run', 'web', 'explore', 'other', 'answer'] as const;

/** The kind that the `work` flags of a call are counted under. */
export function workKindOf(flags: number): WorkKind {
  return workKinds.find(kind => kind === 'answer' || (flags & work[kind]) !== 0) ?? 'answer';
}
