/** The commands of the extension, without the prefix `aiSpendMeter.`; package.json declares the same ones. */
export const commandNames = [
  'openUsage',
  'actions',
  'switchProject',
  'switchEverywhere',
  'undoSwitch',
  'whySwitch',
  'describeInternalModel',
  'setInternalModelKey',
  'testInternalModel',
  'refresh',
  'doctor',
  'moreExact',
  'showOutput',
  'openSettings',
] as const;

export type CommandName = (typeof commandNames)[number];

export function commandId(name: CommandName): string {
  return `aiSpendMeter.${name}`;
}
