import { work } from '../core/call.ts';
import type { Line } from './jsonLines.ts';
import { fileDigest } from './turnEdits.ts';

/**
 * The kinds of work in a line with a call of a tool, as `work` flags.
 * @returns undefined if its first bytes do not tell which tool it is
 */
export function workInHead(line: Line): number | undefined {
  const head = headOf(line);
  const at = head.indexOf(nameField);
  if (at < 0) return undefined;
  const tool = head.slice(at + nameField.length, head.indexOf('"', at + nameField.length));
  return /^\w+$/.test(tool) ? workFor(tool, head) : undefined;
}

/** The same if the tool is known. */
export function workOf(tool: string, line: Line): number {
  return workFor(tool, headOf(line));
}

/** Digests of the files that a line with an edit changes, as far as its first bytes name them. */
export function filesIn(line: Line): readonly number[] {
  return Array.from(headOf(line).matchAll(/\*\*\* (?:Update|Add|Delete) File: ([^\\"]+)/g), ([, path = '']) =>
    fileDigest(path),
  );
}

const nameField = '"name":"';

/** Enough for what a command or a script begins with. */
const headBytes = 4096;

function headOf({ bytes, start, end }: Line): string {
  return bytes.toString('latin1', start, Math.min(end, start + headBytes));
}

function workFor(tool: string, head: string): number {
  // A script that calls tools: what it calls is what it does.
  if (tool === 'exec') return scriptWork(head);
  const flag = workOfTool(tool);
  // Models without the tool edit by a command of the same name.
  return flag === work.run && head.includes('apply_patch') ? work.edit : flag;
}

function scriptWork(head: string): number {
  let flags = 0;
  for (const [, name = ''] of head.matchAll(/\btools\.(\w+)/g)) flags |= workOfTool(name);
  return flags === 0 ? work.other : flags;
}

function workOfTool(tool: string): number {
  return workOfTools.get(tool) ?? (/^(read|list|grep|glob|find|search|view)_/.test(tool) ? work.explore : work.other);
}

const workOfTools: ReadonlyMap<string, number> = new Map([
  ...['exec_command', 'write_stdin', 'shell', 'shell_command', 'local_shell', 'container.exec'].map(
    name => [name, work.run] as const,
  ),
  ...['apply_patch', 'write_file', 'edit_file'].map(name => [name, work.edit] as const),
  ...['web_search', 'web_fetch'].map(name => [name, work.web] as const),
  ...[
    'spawn_agent',
    'spawn_agents_on_csv',
    'resume_agent',
    'close_agent',
    'interrupt_agent',
    'wait_agent',
    'list_agents',
    'send_input',
    'send_message',
    'followup_task',
  ].map(name => [name, work.delegate] as const),
]);
