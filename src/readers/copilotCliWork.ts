import { work } from '../core/call.ts';
import { asRecord } from './jsonLines.ts';

/** The kinds of work in `{ "bash": 2, "view": 1 }`, the tools that a call asked for, as `work` flags. */
export function workOfTools(toolCounts: unknown): number {
  let flags = 0;
  for (const tool of Object.keys(asRecord(toolCounts) ?? {})) flags |= flagOf.get(tool) ?? work.other;
  return flags;
}

const flagOf: ReadonlyMap<string, number> = new Map([
  ...['view', 'grep', 'rg', 'glob', 'lsp'].map(tool => [tool, work.explore] as const),
  ...['edit', 'create', 'str_replace_editor', 'apply_patch'].map(tool => [tool, work.edit] as const),
  ...['bash', 'powershell'].flatMap(shell =>
    [shell, `read_${shell}`, `write_${shell}`, `stop_${shell}`, `list_${shell}`].map(tool => [tool, work.run] as const),
  ),
  ...['web_fetch', 'web_search'].map(tool => [tool, work.web] as const),
  ...['task', 'read_agent', 'write_agent', 'list_agents'].map(tool => [tool, work.delegate] as const),
]);
