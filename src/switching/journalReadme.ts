import type { JournalEntry, JournalFile } from './journal.ts';
import { parseJsonSettings } from './jsonSettings.ts';
import { holdsSecret } from './secrets.ts';
import { keyOf } from './switcher.ts';

/** How to undo every outstanding switch by hand, without the extension. */
export function readmeOf(entries: readonly JournalEntry[]): string {
  return [
    'AI Spend Meter has pointed these assistants at an internal model. Its command to undo a switch takes one back; this',
    'is how to do it by hand. The files in this folder may hold keys of earlier configurations: keep them to yourself.',
    ...entries.map(textOf),
    '',
  ].join('\n');
}

function textOf(entry: JournalEntry): string {
  const where = entry.project === null ? 'everywhere' : `in ${entry.project}`;
  const { displayName, model, baseUrl } = entry.model;
  return [
    '',
    `${entry.assistant}, ${where}, since ${new Date(entry.atMs).toISOString()}: ${displayName} (${model} at ${baseUrl})`,
    ...entry.files.toReversed().flatMap(file => stepsOf(entry.id, file)),
    `  - At last delete ${entry.id}.json here, and start running sessions of the assistant again.`,
  ].join('\n');
}

function stepsOf(id: string, file: JournalFile): readonly string[] {
  const place = file.target === file.path ? file.path : `${file.path} (a link to ${file.target})`;
  const { edit, preImage } = file;
  if (preImage === null) return [`  - ${place}: it did not exist; delete it, unless you have added something to it.`];
  const whole = `    Or restore the whole file: it is the base64 text "preImage" of "${file.target}" in ${id}.json.`;
  if (edit.kind === 'line') return [`  - ${place}: delete the line ${edit.line}`, whole];
  const before = parseJsonSettings(Buffer.from(preImage, 'base64'), file.path);
  return [`  - ${place}:`, ...edit.settings.map(({ path }) => stepOf(path, before.get(path))), whole];
}

function stepOf(path: readonly string[], value: unknown): string {
  const key = keyOf(path);
  if (value === undefined) return `    delete ${key}`;
  return holdsSecret(path, value)
    ? `    give ${key} its old value, which is a secret and therefore only in "preImage"`
    : `    set ${key} to ${JSON.stringify(value)}`;
}
