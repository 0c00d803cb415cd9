import type { Hold } from './pause.ts';

/** What the hook needs to know. */
export interface PauseState {
  /** When the budgets were looked at, in milliseconds since 1970 (UTC). */
  readonly lookedAtMs: number;
  readonly validUntilMs: number;
  /** Addresses at which nothing is held: those of the internal models. */
  readonly freeAddresses: readonly string[];
  /** Sessions that had begun: they are not asked about. */
  readonly running: readonly string[];
  readonly holds: readonly (Hold & { readonly message: string })[];
}

const format = 'ai-spend-meter-pause\t1';

/**
 * The state as a shell can read it without a parser: a line a fact, its fields with tabs between them. The message is
 * a JSON text, which the hook hands on as it is.
 */
export function pauseStateText({ lookedAtMs, validUntilMs, freeAddresses, running, holds }: PauseState): string {
  const lines = [
    ['valid', Math.floor(lookedAtMs / 1000), Math.floor(validUntilMs / 1000), lookedAtMs],
    ...freeAddresses.map(address => ['free', address.replace(/\/+$/, '')]),
    ...running.map(id => ['running', id]),
    ...holds.map(({ action, sessionId = '*', folder, message }) => {
      const path = folder?.path.replace(/[\\/]+$/, '') ?? '';
      const place = folder === undefined || path === '' ? ['*', '*'] : [folder.isDeep ? 'in' : 'at', path];
      return ['hold', action, sessionId, ...place, JSON.stringify(message)];
    }),
  ];
  // What has a tab or a line break in it cannot be told, so it is not held.
  const told = lines.filter(fields => fields.every(field => field !== '' && !/[\t\n\r]/.test(String(field))));
  return [format, ...told.map(fields => fields.join('\t')), ''].join('\n');
}

/** When the budgets were looked at, and until when that counts; undefined if it is no such state. */
export function pauseStateTimes(text: string): Pick<PauseState, 'lookedAtMs' | 'validUntilMs'> | undefined {
  const [head, valid = ''] = text.split('\n');
  const [, , untilSeconds, lookedAtMs] = valid.split('\t').map(Number);
  if (head !== format || !Number.isFinite(untilSeconds) || !Number.isFinite(lookedAtMs)) return undefined;
  return { lookedAtMs: lookedAtMs ?? 0, validUntilMs: (untilSeconds ?? 0) * 1000 };
}
