import type { PanelContribution } from '../core/panel.ts';
import type { PanelSwitch } from '../core/panelSwitches.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import type { AppliedSwitch, Switcher } from '../switching/switcher.ts';

export interface KnownInWindow {
  /** In effect, oldest first. */
  readonly outstanding: readonly AppliedSwitch[];
  readonly switchers: readonly Pick<Switcher, 'assistant' | 'internalCallsOf'>[];
  readonly internalModels: readonly InternalModel[];
}

/** What this window knows and the meter does not, as the usage panel needs it. */
export function panelContribution({ outstanding, switchers, internalModels }: KnownInWindow): PanelContribution {
  return {
    switches: outstanding.map(applied => panelSwitch(applied, switchers)),
    internalModels: internalModels.map(({ model, displayName, contextTokens }) => ({
      model,
      displayName,
      contextTokens,
    })),
  };
}

function panelSwitch(applied: AppliedSwitch, switchers: KnownInWindow['switchers']): PanelSwitch {
  const { id, assistant, project, model, path, appliedAtMs, isIntact } = applied;
  const internalCallsOf = switchers.find(switcher => switcher.assistant === assistant)?.internalCallsOf;
  return {
    id,
    assistant,
    ...(internalCallsOf !== undefined && { internalCallsOf }),
    project,
    model: model.model,
    displayName: model.displayName,
    path,
    sinceMs: appliedAtMs,
    isIntact,
  };
}
