import type { WireFormat } from './wireFormat.ts';

/**
 * What went wrong, as facts, where the user can do something about it. `ui/` and `cli.ts` make the sentence, which
 * says what to do next.
 */
export type UserProblem =
  | { readonly kind: 'ledgerTooNew'; readonly path: string; readonly version: number; readonly known: number }
  | { readonly kind: 'ledgerUnusable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'sqliteMissing'; readonly nodeVersion: string }
  | { readonly kind: 'unknownTimeZone'; readonly timeZone: string }
  | { readonly kind: 'badArgument'; readonly argument: string; readonly expected: string }
  | { readonly kind: 'workerDied'; readonly reason: string }
  | { readonly kind: 'settingInvalid'; readonly setting: string; readonly reason: string }
  | { readonly kind: 'internalModelNotSet' }
  | { readonly kind: 'internalModelUnreachable'; readonly host: string; readonly reason: string }
  | {
      readonly kind: 'internalModelRefused';
      readonly host: string;
      readonly status: number;
      /** In the server's own words, without the key; absent: it gave none, or none that may be shown. */
      readonly reason?: string;
    }
  /** The answer has begun, but it broke off, or says what no answer of its format says. */
  | { readonly kind: 'internalModelBrokeOff'; readonly host: string; readonly reason: string }
  /** What answers there answers in another way than that of the format. */
  | { readonly kind: 'internalModelSpeaksOtherwise'; readonly url: string; readonly format: WireFormat }
  | { readonly kind: 'configUnreadable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'configUnwritable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'configChanged'; readonly path: string }
  | { readonly kind: 'secretInCommittedFile'; readonly path: string }
  /** An assistant can be pointed only at a model that is served in one of these formats. */
  | { readonly kind: 'wireFormatNotServed'; readonly assistant: string; readonly formats: readonly WireFormat[] };

const brand = Symbol.for('aiSpendMeter.UserError');

/** A failure that the user can act on. Everything else that is thrown is a defect. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly problem: UserProblem;
  readonly [brand] = true;

  /** The bundles have a class each; what one of them throws is a `UserError` in all. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }

  constructor(problem: UserProblem, options?: ErrorOptions) {
    super(problem.kind, options);
    this.problem = problem;
  }
}

/** The text of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
