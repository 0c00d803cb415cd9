import type { JournalEntry, JournalFile } from './journal.ts';
import { containsSecret } from './secrets.ts';
import { keyOf, parseSettings } from './settingsText.ts';
import type { SettingPath } from './settingsText.ts';

/** How to undo every outstanding switch by hand, without the extension. */
export async function readmeOf(entries: readonly JournalEntry[]): Promise<string> {
  return [
    'AI Spend Meter has pointed these assistants at an internal model, or given them a hook. Its command to undo a switch',
    'takes one back; this is how to do it by hand. The files in this folder may hold keys of earlier configurations: keep',
    'them to yourself.',
    ...(await Promise.all(entries.map(textOf))),
    '',
  ].join('\n');
}

async function textOf(entry: JournalEntry): Promise<string> {
  const where = entry.project === null ? 'everywhere' : `in ${entry.project}`;
  const steps = await Promise.all(entry.files.toReversed().map(file => stepsOf(entry.id, file)));
  return [
    '',
    `${entry.assistant}, ${where}, since ${new Date(entry.atMs).toISOString()}: ${whatOf(entry)}`,
    ...steps.flat(),
    ...settingSteps(entry),
    ...profileSteps(entry),
    `  - At last delete ${entry.id}.json here, and start running sessions of the assistant again.`,
  ].join('\n');
}

function whatOf({ model }: JournalEntry): string {
  if (!model) return 'the hook by which budgets can pause it';
  const { displayName, baseUrl } = model;
  return `${displayName} (${model.model} at ${baseUrl})`;
}

function settingSteps({ editorSettings = [] }: JournalEntry): readonly string[] {
  if (editorSettings.length === 0) return [];
  return ['  - The user settings of the editor:', ...editorSettings.map(({ key, before }) => stepOf([key], before))];
}

function profileSteps({ profile }: JournalEntry): readonly string[] {
  if (!profile) return [];
  const { name, before } = profile;
  const other = before === undefined ? 'another configuration profile' : `the configuration profile "${before}"`;
  return [`  - Its settings: choose ${other}, then delete the profile "${name}".`];
}

async function stepsOf(id: string, file: JournalFile): Promise<readonly string[]> {
  const place = file.target === file.path ? file.path : `${file.path} (a link to ${file.target})`;
  const { edit, preImage } = file;
  if (preImage === null) return [`  - ${place}: it did not exist; delete it, unless you have added something to it.`];
  const whole = `    Or restore the whole file: it is the base64 text "preImage" of "${file.target}" in ${id}.json.`;
  if (edit.kind === 'line') {
    return [...edit.line.split('\n').map(line => `  - ${place}: delete the line ${line}`), whole];
  }
  const before = await parseSettings(edit.kind, Buffer.from(preImage, 'base64'), file.path);
  return [`  - ${place}:`, ...edit.settings.map(({ path }) => stepOf(path, before.get(path))), whole];
}

function stepOf(path: SettingPath, value: unknown): string {
  const key = keyOf(path);
  if (value === undefined) return `    delete ${key}`;
  return containsSecret(path, value)
    ? `    give ${key} its old value, which is a secret and therefore only in "preImage"`
    : `    set ${key} to ${JSON.stringify(value)}`;
}
