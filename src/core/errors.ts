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
  | { readonly kind: 'internalModelRefused'; readonly host: string; readonly status: number }
  | { readonly kind: 'configUnreadable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'configUnwritable'; readonly path: string; readonly reason: string }
  | { readonly kind: 'configChanged'; readonly path: string }
  | { readonly kind: 'secretInCommittedFile'; readonly path: string };

/** A failure that the user can act on. Everything else that is thrown is a defect. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly problem: UserProblem;

  constructor(problem: UserProblem, options?: ErrorOptions) {
    super(problem.kind, options);
    this.problem = problem;
  }
}

/** The text of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
