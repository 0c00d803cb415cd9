import { crc32 } from 'node:zlib';
import { outcome } from '../core/call.ts';
import type { Found } from './jsonLines.ts';

/**
 * The files that were edited in the user's last two turns, each with the call that did it: a file that is edited again
 * in the turn after was not right the first time. Part of a checkpoint: a file is known by a digest only.
 */
export interface TurnEdits {
  /** Whether the user has said something since the last call. */
  isOver: boolean;
  now: Edit[];
  before: readonly Edit[];
}

type Edit = readonly [file: number, callKey: string];

/** A bound for what a checkpoint holds. */
const mostEdits = 16;

export function newTurnEdits(): TurnEdits {
  return { isOver: false, now: [], before: [] };
}

/** To be told before the edits of the first call of a turn. */
export function beginTurn(edits: TurnEdits): void {
  edits.isOver = false;
  edits.before = edits.now;
  edits.now = [];
}

/** What a file is known by. */
export function fileDigest(path: string): number {
  return crc32(path);
}

/** A call edits a file: what a call of the turn before did to it was not right. */
export function addEdit({ edits, file, key, found }: NewEdit): void {
  if (edits.now.length < mostEdits) edits.now.push([file, key]);
  for (const [edited, before] of edits.before) {
    if (edited === file && before !== key) found.outcome(before, outcome.corrected);
  }
}

interface NewEdit {
  readonly edits: TurnEdits;
  readonly file: number;
  /** Of the call. */
  readonly key: string;
  readonly found: Found;
}
