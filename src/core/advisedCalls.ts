import { promptTokens } from './call.ts';
import type { PriceableCall } from './priceBook.ts';
import { isWithin } from './project.ts';
import { withPromptShares } from './promptShares.ts';
import type { JudgedCall, Side } from './quality.ts';
import type { AdvisableCall, AdvisedModel, LeftOutReason, SwitchAdviceRequest } from './switchAdvisor.ts';
import { workKindOf } from './workKind.ts';

// Which calls advice is about.

/** The calls from which it counts how they went. */
export function evidenceIn(calls: readonly AdvisableCall[], request: SwitchAdviceRequest): readonly AdvisableCall[] {
  const asked = { ...request, sinceMs: request.evidenceSinceMs ?? request.sinceMs };
  return calls.filter(call => !call.isUnlisted && isAskedFor(call, asked));
}

/** Another internal model is neither side. */
export function* judgedCalls(evidence: readonly AdvisableCall[], model: AdvisedModel): Generator<JudgedCall> {
  for (const call of evidence) {
    const { sessionId, work, outcome } = call;
    const side: Side | undefined = isModel(call, model) ? 'internal' : isInternal(call, model) ? undefined : 'external';
    if (side) yield { sessionId, work, side, ...(outcome !== undefined && { outcome }) };
  }
}

/** A call as the internal model is charged for it if it has nothing in a cache. */
export function uncached({ usage, ...call }: AdvisableCall, { model }: AdvisedModel): PriceableCall {
  const nothing = { cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
  return { ...call, usage: withPromptShares(usage, nothing), model, speed: 'standard', geo: undefined };
}

export function isAskedFor(call: AdvisableCall, { project, sinceMs, untilMs }: SwitchAdviceRequest): boolean {
  if (call.atMs < sinceMs || call.atMs >= untilMs) return false;
  return project === undefined || (call.project !== undefined && isWithin(project, call.project));
}

export function isInternal(call: AdvisableCall, internalModel: AdvisedModel | undefined): boolean {
  return call.provider === 'internal' || (internalModel !== undefined && isModel(call, internalModel));
}

export function isModel(call: AdvisableCall, { model }: AdvisedModel): boolean {
  return call.model?.toLowerCase() === model.toLowerCase();
}

export function leftOutBecause(
  call: AdvisableCall,
  internalModel: AdvisedModel | undefined,
): LeftOutReason | undefined {
  if (!internalModel) return 'noInternalModel';
  if (isInternal(call, internalModel)) return 'alreadyInternal';
  if (call.isUnlisted) return 'unlisted';
  if (call.costNanoUsd === undefined) return 'unpriced';
  if (call.usage.webSearches > 0) return 'webSearch';
  const { contextTokens = Infinity, outputTokens = Infinity, suitableWork } = internalModel;
  if (promptTokens(call.usage) + call.usage.outputTokens > contextTokens) return 'tooLong';
  if (call.usage.outputTokens > outputTokens) return 'answerTooLong';
  return suitableWork && !suitableWork.includes(workKindOf(call.work)) ? 'unsuitableWork' : undefined;
}
