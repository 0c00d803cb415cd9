import type { Estimate } from './interval.ts';
import type { LookBack, RealisedSaving, Trouble } from './lookBack.ts';
import type { NanoUsd } from './money.ts';
import type { Named, PanelHead } from './panel.ts';
import { lastSegment } from './panelNames.ts';
import type { Quality, QualityVerdict } from './quality.ts';
import type { EstimatedSaving } from './savingForecast.ts';
import type { HealthRequest, SwitchHealth } from './switchHealth.ts';
import { guidedIn, healthRequestFor, type SwitchRecord } from './switchRecord.ts';
import type { WorkKind } from './workKind.ts';

/** A switch in effect, as the journal has it. */
export interface PanelSwitch {
  readonly id: string;
  readonly assistant: string;
  /** The id under which its calls of the internal model are metered; absent: its own. */
  readonly internalCallsOf?: string;
  /** Undefined: everywhere. */
  readonly project: string | undefined;
  readonly model: string;
  readonly displayName: string;
  /** The configuration file that was written. */
  readonly path: string;
  readonly sinceMs: number;
  /** Whether nobody has touched the file since, so that undo restores it to the byte. */
  readonly isIntact: boolean;
}

/** A switch that holds or held. */
export interface SwitchRow {
  readonly id: string;
  readonly assistantName: string;
  /** Undefined: everywhere. */
  readonly where: Named | undefined;
  readonly displayName: string;
  readonly sinceMs: number;
  readonly state:
    | {
        readonly kind: 'inEffect';
        readonly path: string;
        readonly isIntact: boolean;
        /** Whether it works, as its calls tell. */
        readonly health: SwitchHealth;
      }
    | {
        /** Made by the user by hand: there is no file of which we know that it holds. */
        readonly kind: 'guided';
        readonly health: SwitchHealth;
      }
    | { readonly kind: 'ended'; readonly atMs: number };
  /** Whether it is meant for a day, after which the user is asked. */
  readonly isTrial: boolean;
  /** Undefined: nothing is remembered of it. */
  readonly lookBack: SwitchLookBack | undefined;
}

/** What came of a switch. What was expected and what was measured stand apart: they never make one number. */
export interface SwitchLookBack {
  /** Undefined: there was too little to say. */
  readonly expected: EstimatedSaving | undefined;
  /** Undefined: no call since can be compared. */
  readonly measured: RealisedSaving | undefined;
  /** Dearest first. */
  readonly byWork: readonly SwitchWorkRow[];
  /** Calls of the internal model that could not be compared. */
  readonly notCompared: number;
  readonly troubles: readonly Trouble[];
  /** Whether it lasted long enough, or is over: else it is as far as one can tell now. */
  readonly isSummary: boolean;
}

/** One kind of work, before and since. */
export interface SwitchWorkRow {
  readonly work: WorkKind;
  readonly calls: number;
  readonly costNanoUsd: NanoUsd;
  /** At the prices of the models that did such work before. */
  readonly externalNanoUsd: NanoUsd;
  readonly before: SwitchQuality;
  readonly since: SwitchQuality;
  /** How much more often something went wrong since; undefined without a case on one side. */
  readonly difference: Estimate | undefined;
  readonly verdict: QualityVerdict;
}

export interface SwitchQuality {
  /** Calls of which the log tells how they went. */
  readonly cases: number;
  /** The part of them in which anything went wrong; undefined without a case. */
  readonly rate: Estimate | undefined;
}

/** What points at an internal model, and what came of it. */
export interface SwitchesView extends PanelHead {
  readonly shows: 'switches';
  /** In effect, the latest first. */
  readonly inEffect: readonly SwitchRow[];
  /** Over, the latest first. */
  readonly ended: readonly SwitchRow[];
  /** Ended ones that are not shown. */
  readonly earlier: number;
  /** Whether an internal model is described, so that something can be switched. */
  readonly hasInternalModel: boolean;
}

export interface SwitchesFacts {
  readonly head: PanelHead;
  readonly switches: readonly PanelSwitch[];
  /** The ones in effect are among them, unless they were made before anything was remembered. */
  readonly records: readonly SwitchRecord[];
  readonly nameOf: (assistant: string) => string;
  readonly healthOf: (one: HealthRequest) => SwitchHealth;
  readonly lookBack: (record: SwitchRecord) => LookBack;
  readonly hasInternalModel: boolean;
}

/** A look back reads weeks of calls: older switches are only counted. */
export const maxEnded = 6;

export function buildSwitches(facts: SwitchesFacts): SwitchesView {
  const { head, switches, records, hasInternalModel } = facts;
  const ended = records.filter(record => record.endedAtMs !== undefined).sort((a, b) => b.appliedAtMs - a.appliedAtMs);
  return {
    ...head,
    shows: 'switches',
    inEffect: [
      ...switches.map(one => inEffectRow(one, facts)),
      ...guidedIn(records).map(record => guidedRow(record, facts)),
    ].sort((a, b) => b.sinceMs - a.sinceMs || (a.id < b.id ? -1 : 1)),
    ended: ended.slice(0, maxEnded).flatMap(record => endedRow(record, facts)),
    earlier: Math.max(0, ended.length - maxEnded),
    hasInternalModel,
  };
}

function inEffectRow(one: PanelSwitch, { records, nameOf, healthOf, lookBack }: SwitchesFacts): SwitchRow {
  const { id, assistant, project, displayName, sinceMs, path, isIntact } = one;
  const record = records.find(({ appliedAtMs, endedAtMs, ...kept }) => {
    return kept.id === id && appliedAtMs === sinceMs && endedAtMs === undefined;
  });
  return {
    id,
    assistantName: nameOf(assistant),
    where: whereOf(project),
    displayName,
    sinceMs,
    state: { kind: 'inEffect', path, isIntact, health: healthOf(one) },
    isTrial: record?.isTrial === true,
    lookBack: record && lookBackOf(lookBack(record)),
  };
}

function guidedRow(record: SwitchRecord, facts: SwitchesFacts): SwitchRow {
  return {
    ...rememberedRow(record, facts),
    state: { kind: 'guided', health: facts.healthOf(healthRequestFor(record)) },
  };
}

function endedRow(record: SwitchRecord, facts: SwitchesFacts): readonly SwitchRow[] {
  const { endedAtMs } = record;
  if (endedAtMs === undefined) return [];
  return [{ ...rememberedRow(record, facts), state: { kind: 'ended', atMs: endedAtMs } }];
}

function rememberedRow(record: SwitchRecord, { nameOf, lookBack }: SwitchesFacts): Omit<SwitchRow, 'state'> {
  const { id, assistant, project, internalModel, appliedAtMs, isTrial = false } = record;
  return {
    id,
    assistantName: nameOf(assistant),
    where: whereOf(project ?? undefined),
    displayName: internalModel.displayName,
    sinceMs: appliedAtMs,
    isTrial,
    lookBack: lookBackOf(lookBack(record)),
  };
}

/** As much of it as is shown. */
function lookBackOf({ forecast, realised, byWork, notCompared, troubles, isSummary }: LookBack): SwitchLookBack {
  return {
    expected: forecast,
    measured: realised,
    byWork: byWork.map(({ quality, ...row }) => ({
      ...row,
      before: qualityOf(quality?.external),
      since: qualityOf(quality?.internal),
      difference: quality?.difference,
      verdict: quality?.verdict ?? 'notEnough',
    })),
    notCompared,
    troubles,
    isSummary,
  };
}

function qualityOf(quality: Quality | undefined): SwitchQuality {
  return { cases: quality?.cases ?? 0, rate: quality?.rate };
}

function whereOf(project: string | undefined): Named | undefined {
  return project === undefined ? undefined : { label: lastSegment(project), title: project };
}
