import type { SwitchAdviceRequest } from '../core/switchAdvisor.ts';
import { advisedModelOf } from '../internalModel/settings.ts';
import type { Settings } from './settings.ts';

/** The one assistant that can be switched so far. */
export const switchable = { id: 'claude-code', name: 'Claude Code' } as const;

/** Two weeks even out weekends and single days, and are recent enough to speak of today's habits. */
const lookBackMs = 14 * 86_400_000;

/** What to ask the meter, to know what the described internal model would have saved. */
export function adviceRequest(about: {
  readonly settings: Settings;
  readonly project: string | undefined;
  readonly isSwitched: boolean;
  readonly nowMs: number;
  readonly timeZone: string;
}): SwitchAdviceRequest {
  const { settings, project, isSwitched, nowMs, timeZone } = about;
  const { internalModel: model, suggestions } = settings;
  return {
    assistant: switchable.id,
    project,
    sinceMs: nowMs - lookBackMs,
    untilMs: nowMs,
    timeZone,
    internalModel: model && advisedModelOf(model),
    thresholds: { calls: suggestions.minimumCalls, usdPerDay: suggestions.minimumUsdPerDay },
    isSwitched,
  };
}
