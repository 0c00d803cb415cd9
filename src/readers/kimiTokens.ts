import { noUsage, work, type Usage } from '../core/call.ts';
import { asCount } from './jsonLines.ts';

interface Counts {
  readonly other: unknown;
  readonly cacheRead: unknown;
  readonly cacheCreation: unknown;
  readonly output: unknown;
}

/**
 * The counts of a step, which both assistants make disjoint before they write them. Reasoning is within the output.
 * @returns undefined if they make no sense
 */
export function usageOf({ other, cacheRead, cacheCreation, output }: Counts): Usage | undefined {
  const inputTokens = asCount(other);
  const cacheReadTokens = asCount(cacheRead);
  const cacheWrite5mTokens = asCount(cacheCreation);
  const outputTokens = asCount(output);
  return inputTokens === undefined ||
    cacheReadTokens === undefined ||
    cacheWrite5mTokens === undefined ||
    outputTokens === undefined
    ? undefined
    : { ...noUsage, inputTokens, cacheReadTokens, cacheWrite5mTokens, outputTokens };
}

/** The kind of work of a tool, as a `work` flag. */
export function workOfTool(tool: string): number {
  return workOfTools.get(tool) ?? work.other;
}

const workOfTools: ReadonlyMap<string, number> = new Map([
  ...['Read', 'ReadFile', 'ReadMediaFile', 'Glob', 'Grep'].map(name => [name, work.explore] as const),
  ...['Edit', 'Write', 'WriteFile', 'StrReplaceFile'].map(name => [name, work.edit] as const),
  ...['Bash', 'Shell'].map(name => [name, work.run] as const),
  ...['WebSearch', 'SearchWeb', 'FetchURL'].map(name => [name, work.web] as const),
  ...['Agent', 'AgentSwarm', 'Task'].map(name => [name, work.delegate] as const),
]);
