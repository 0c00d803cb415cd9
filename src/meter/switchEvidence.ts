import * as v from 'valibot';
import { beforeMs, lookBackAt, type LookBack, type LookBackOptions, type LookBackRequest } from '../core/lookBack.ts';
import type { EstimatedSaving, PastForecast } from '../core/savingForecast.ts';
import {
  adviseSwitch,
  defaultThresholds,
  type AdviceOptions,
  type AdvisedModel,
  type SwitchAdvice,
  type SwitchAdviceRequest,
} from '../core/switchAdvisor.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import { hasFlatPrice, volumesOf } from './settings.ts';

/** What the user's own calls say about a switch. */
export function adviceFrom(ledger: Ledger, request: SwitchAdviceRequest): SwitchAdvice {
  const { sinceMs, untilMs, evidenceSinceMs = sinceMs } = request;
  const calls = callsOf(ledger, request, Math.min(sinceMs, evidenceSinceMs));
  return adviseSwitch(calls, request, optionsAt(ledger, untilMs, request.internalModel));
}

/** What became of a switch; how its forecast came out is kept for the forecasts to come. */
export function lookBackFrom(ledger: Ledger, request: LookBackRequest, costOf: LookBackOptions['costOf']): LookBack {
  const { sinceMs, untilMs, switchId } = request;
  const calls = callsOf(ledger, request, sinceMs - beforeMs);
  const { forecast = forecastAt(ledger, request, calls) } = request;
  const lookBack = lookBackAt(calls, request, { costOf, forecast });
  if (lookBack.cameOut) keepOutcome(ledger, { switchId, atMs: untilMs, ...lookBack.cameOut });
  return lookBack;
}

/** What would have been forecast right before the switch. */
function forecastAt(
  ledger: Ledger,
  { assistant, project, sinceMs, timeZone, internalModel }: LookBackRequest,
  calls: readonly StoredCall[],
): EstimatedSaving | undefined {
  return adviseSwitch(
    calls,
    {
      assistant,
      project,
      sinceMs: sinceMs - forecastFromMs,
      untilMs: sinceMs,
      evidenceSinceMs: sinceMs - beforeMs,
      ...(timeZone !== undefined && { timeZone }),
      internalModel,
      thresholds: defaultThresholds,
      isSwitched: false,
    },
    optionsAt(ledger, sinceMs, internalModel),
  ).forecast;
}

/** A forecast goes by two weeks: they even out weekends and single days, and speak of today's habits. */
const forecastFromMs = 14 * 86_400_000;

/** Oldest first, but for those of the internal model that are metered elsewhere. */
function callsOf(ledger: Ledger, asked: SwitchAdviceRequest | LookBackRequest, fromMs: number): readonly StoredCall[] {
  const { assistant, internalCallsOf, internalModel, untilMs } = asked;
  const range = { fromMs, toMs: untilMs };
  const own = ledger.calls({ range, filter: { assistant }, orderBy: 'oldest' });
  if (internalCallsOf === undefined || internalCallsOf === assistant || !internalModel) return own;
  const elsewhere = ledger.calls({ range, filter: { assistant: internalCallsOf }, orderBy: 'oldest' });
  const model = internalModel.model.toLowerCase();
  return [...own, ...elsewhere.filter(call => call.model?.toLowerCase() === model)];
}

function optionsAt(ledger: Ledger, atMs: number, model: AdvisedModel | undefined): AdviceOptions {
  const past = outcomesIn(ledger).filter(outcome => outcome.atMs < atMs);
  if (!model || !hasFlatPrice(model)) return { past };
  return { past, ownVolume: volumesOf(ledger, atMs)(model.model) };
}

// --- How forecasts came out, in the ledger: for all windows, and for longer than a switch lasts.

const outcomesKey = 'switch-outcomes';
/** Older ones say little about today's models. */
const mostOutcomes = 50;

const outcomesSchema = v.array(v.object({ switchId: v.string(), atMs: v.number(), realisedShare: v.number() }));

interface KeptOutcome extends PastForecast {
  readonly switchId: string;
  /** Until when it was looked at. */
  readonly atMs: number;
}

function outcomesIn(ledger: Ledger): readonly KeptOutcome[] {
  const text = ledger.decision(outcomesKey)?.value;
  return text === undefined ? [] : v.parse(outcomesSchema, JSON.parse(text)); // written by us, below
}

/** A switch that goes on is looked at again and again: the last look counts. */
function keepOutcome(ledger: Ledger, outcome: KeptOutcome): void {
  const kept = outcomesIn(ledger);
  const known = kept.find(({ switchId }) => switchId === outcome.switchId);
  if (known?.realisedShare === outcome.realisedShare) return;
  const others = kept.filter(each => each !== known);
  const all = [...others, outcome].sort((a, b) => a.atMs - b.atMs).slice(-mostOutcomes);
  ledger.decide(outcomesKey, JSON.stringify(all), outcome.atMs);
}
