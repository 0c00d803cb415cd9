import type { InternalModel } from './settings.ts';

/** What a model that does not tell its limits is assumed to have: less than any that is fit for coding. */
const usualContextTokens = 131_072;
const usualOutputTokens = 8_192;

export interface ChatLimits {
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
}

/** How long a question and its answer may be in the chat: together they fit into the model's context. */
export function chatLimitsOf({
  contextTokens = usualContextTokens,
  outputTokens = usualOutputTokens,
}: Pick<InternalModel, 'contextTokens' | 'outputTokens'>): ChatLimits {
  const maxOutputTokens = Math.min(outputTokens, Math.ceil(contextTokens / 2));
  return { maxInputTokens: contextTokens - maxOutputTokens, maxOutputTokens };
}
