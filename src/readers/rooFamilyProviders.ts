import type { Billing, Maker } from '../core/call.ts';

/** A provider, as Cline names it, as an id of the price book; undefined if it may be anybody. */
export function providerOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : providers.has(name) ? providers.get(name) : name;
}

const providers: ReadonlyMap<string, string | undefined> = new Map([
  ['openai-native', 'openai'],
  ['openai-codex', 'openai'],
  ['openai-codex-cli', 'openai'],
  ['claude-code', 'anthropic'],
  ['gemini', 'google'],
  ['vertex', 'google'],
  ['bedrock', 'aws'],
  ['moonshot', 'moonshotai'],
  ['xai', 'x-ai'],
  // Any endpoint that speaks OpenAI's protocol.
  ['openai', undefined],
  ['openai-compatible', undefined],
]);

/** Whether who uses this provider has paid for a plan, and not for each token. */
function isPlan(provider: string): boolean {
  return plans.has(provider) || /-coding-plan(-|$)/.test(provider);
}

const plans = new Set([
  'claude-code',
  'openai-codex',
  'openai-codex-cli',
  'github-copilot',
  'vscode-lm',
  'qwen-code',
  'cline-pass',
  'kimi-for-coding',
]);

/** Without the provider only a cost tells: the assistant knows of none with a plan, or with a model of the user's own. */
export function billingOf(provider: string | undefined, recordedNanoUsd: number | undefined): Billing {
  if (provider === undefined) return recordedNanoUsd === undefined ? 'unknown' : 'billed';
  return isPlan(provider) ? 'covered' : 'billed';
}

/**
 * The assistant whose program a provider runs, which then keeps a log of the same calls: of Claude Code's SDK, of `codex
 * exec`, of OpenCode's server, or of the language models that Copilot Chat provides in VS Code.
 */
export function makerOf(
  provider: string | undefined,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): { readonly madeBy: Maker } | undefined {
  const assistant = provider === undefined ? undefined : makers.get(provider);
  return assistant === undefined ? undefined : { madeBy: { assistant, fromMs: Math.min(fromMs, toMs), toMs } };
}

const makers: ReadonlyMap<string, string> = new Map([
  ['claude-code', 'claude-code'],
  ['openai-codex-cli', 'codex'],
  ['opencode', 'opencode'],
  ['vscode-lm', 'copilot-chat'],
]);

/** VS Code's language models do not say what was used: extensions count it themselves. */
export function isCountedLocally(provider: string | undefined): boolean {
  return provider === 'vscode-lm';
}
