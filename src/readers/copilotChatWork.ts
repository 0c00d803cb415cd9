import { work } from '../core/call.ts';

/** What kind of work a tool of Copilot Chat does, as a `work` flag. */
export function workOfTool(tool: string): number {
  return (
    workOfTools.get(tool) ??
    (/^(read|list|grep|file|search|semantic|get|view|test)_/.test(tool) ? work.explore : work.other)
  );
}

const workOfTools: ReadonlyMap<string, number> = new Map([
  ...[
    'apply_patch',
    'create_directory',
    'create_file',
    'edit_notebook_file',
    'insert_edit_into_file',
    'multi_replace_string_in_file',
    'replace_string_in_file',
  ].map(name => [name, work.edit] as const),
  ...[
    'create_and_run_task',
    'get_terminal_output',
    'run_in_terminal',
    'run_notebook_cell',
    'run_task',
    'runTests',
    'run_tests',
  ].map(name => [name, work.run] as const),
  ...['fetch_webpage', 'github_repo', 'open_simple_browser'].map(name => [name, work.web] as const),
  ...['runSubagent', 'search_subagent', 'execution_subagent'].map(name => [name, work.delegate] as const),
]);
