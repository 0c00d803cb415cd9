import type { UserProblem } from '../core/errors.ts';
import type { MeterSettings } from '../core/meterApi.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';

/** What the worker thread is started with. */
export interface WorkerStart {
  readonly ledgerPath: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly editorUserFolder: string | undefined;
  readonly projects: readonly string[];
  readonly settings: MeterSettings;
  readonly secondReaderPath: string | undefined;
}

/** The methods of the meter that are answered with a value. */
export const workerMethods = [
  'configure',
  'refresh',
  'panel',
  'packedPanel',
  'advice',
  'survival',
  'lookBack',
  'switchRecords',
  'switchHealth',
  'moments',
  'doctor',
  'problemReport',
  'openProjects',
  'claimAlert',
  'claimShowing',
  'explain',
  'spends',
  'occasions',
  'decide',
  'decision',
  'firstCallSince',
  'monthlyReport',
] as const;
export type WorkerMethod = (typeof workerMethods)[number];

export interface ToWorker {
  readonly id: number;
  readonly method: WorkerMethod;
  readonly args: readonly unknown[];
}

export type FromWorker =
  | { readonly kind: 'snapshot'; readonly snapshot: MeterSnapshot }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly reason: string; readonly problem?: UserProblem }
  /** The meter cannot start, and a restart would not help. */
  | { readonly kind: 'failure'; readonly reason: string; readonly problem?: UserProblem };
