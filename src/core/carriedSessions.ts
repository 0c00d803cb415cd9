/**
 * The assistants in which sessions of others can be held, with the others: the program of the other one runs the
 * session and writes it down under the same id, which is random, so a session that both tell of is one session.
 *
 * The Claude agent of VS Code runs Claude Code (`sessionId` of its Agent SDK; read in the source of Copilot Chat, March
 * 2026, and of the agent host in VS Code 1.139), the background agent runs Copilot CLI, the Codex agent runs Codex.
 */
export const carriedSessions: ReadonlyMap<string, readonly string[]> = new Map([
  ['copilot-chat', ['claude-code', 'codex', 'copilot-cli']],
]);

const carriers = new Map(
  [...new Set([...carriedSessions.values()].flat())].map(carried => [
    carried,
    [...carriedSessions].filter(([, all]) => all.includes(carried)).map(([carrier]) => carrier),
  ]),
);

/** The assistants that may have told of a session of this one. */
export function carriersOf(assistant: string): readonly string[] {
  return carriers.get(assistant) ?? [];
}

/**
 * How the entry point of a call begins that an assistant made because another program asked it to; where it is not
 * told, any may be: `sdk-ts` and `sdk-cli` of Claude Code, `exec` of Codex.
 */
export const startedByProgram: ReadonlyMap<string, string> = new Map([
  ['claude-code', 'sdk'],
  ['codex', 'exec'],
]);
