/** The commands of the extension, without the prefix `aiSpendMeter.`; package.json declares the same ones. */
export const commandNames = [
  'openUsage',
  'showSwitches',
  'whatIf',
  'actions',
  'switchProject',
  'switchEverywhere',
  'switchOther',
  'undoSwitch',
  'trySwitch',
  'whySwitch',
  'lookBack',
  'describeInternalModel',
  'setInternalModelKey',
  'testInternalModel',
  'setBudget',
  'gatewayBudgets',
  'continueOnce',
  'pauseHook',
  'whyRise',
  'alertHistory',
  'monthlyReport',
  'refresh',
  'doctor',
  'copyProblemReport',
  'costTrailer',
  'moreExact',
  'showOutput',
  'openSettings',
] as const;

export type CommandName = (typeof commandNames)[number];

export function commandId(name: CommandName): string {
  return `aiSpendMeter.${name}`;
}
