import type { SwitchAdviceRequest } from '../core/switchAdvisor.ts';
import { advisedModelOf } from '../internalModel/settings.ts';
import type { Switcher } from '../switching/switcher.ts';
import type { Settings } from './settings.ts';

/** Two weeks even out weekends and single days, and are recent enough to speak of today's habits. */
const lookBackMs = 14 * 86_400_000;

/** How calls went is looked at for longer: where the internal model was used, it may have been some time ago. */
const evidenceMs = 28 * 86_400_000;

/** What to ask the meter, to know what the described internal model would have saved. */
export function adviceRequest(about: {
  /** The one that would be switched. */
  readonly assistant: Pick<Switcher, 'assistant' | 'internalCallsOf'>;
  readonly settings: Pick<Settings, 'internalModel' | 'suggestions'>;
  readonly project: string | undefined;
  readonly isSwitched: boolean;
  readonly nowMs: number;
  readonly timeZone: string;
}): SwitchAdviceRequest {
  const { settings, project, isSwitched, nowMs, timeZone } = about;
  const { assistant, internalCallsOf } = about.assistant;
  const { internalModel: model, suggestions } = settings;
  return {
    assistant,
    ...(internalCallsOf !== undefined && { internalCallsOf }),
    project,
    sinceMs: nowMs - lookBackMs,
    untilMs: nowMs,
    evidenceSinceMs: nowMs - evidenceMs,
    timeZone,
    internalModel: model && advisedModelOf(model),
    thresholds: { calls: suggestions.minimumCalls, usdPerDay: suggestions.minimumUsdPerDay },
    isSwitched,
  };
}
