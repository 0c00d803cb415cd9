import type { Usage } from '../../src/core/call.ts';
import { inventId, sendChunks, sendJson } from './modelApi.ts';
import type { Answer, JsonObject, ModelApi } from './modelApi.ts';

const callPath = /\/models\/([^/:]+):(?:streamG|g)enerateContent$/;

/** Google's Gemini API. */
export const geminiApi: ModelApi = {
  isAt: path => callPath.test(path),
  modelIn: path => callPath.exec(path)?.[1] ?? '',
  purposeOf: () => 'turn',
  // It is in no request.
  sessionOf: () => '',

  usageOf: n => ({
    inputTokens: 1_000 + 13 * n,
    outputTokens: 200 + 37 * n,
    reasoningTokens: 20 + n,
    cacheReadTokens: 9_000 + 101 * n,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
  }),

  send(response, { model, streamed, answer, usage }) {
    const whole = {
      candidates: [{ content: { role: 'model', parts: partsOf(answer) }, index: 0, finishReason: 'STOP' }],
      modelVersion: model,
      responseId: inventId('r'),
      usageMetadata: usageMetadata(usage),
    };
    if (streamed) sendChunks(response, [whole]);
    else sendJson(response, 200, whole);
    return Promise.resolve();
  },
};

function partsOf(answer: Exclude<Answer, { kind: 'error' }>): JsonObject[] {
  if (answer.kind === 'tools') return answer.tools.map(({ name, input }) => ({ functionCall: { name, args: input } }));
  return [{ text: answer.kind === 'text' ? answer.text : '' }];
}

/** Google counts what the cache read inside the prompt, and thoughts beside the candidates. */
function usageMetadata(usage: Usage): JsonObject {
  const promptTokenCount = usage.inputTokens + usage.cacheReadTokens;
  return {
    promptTokenCount,
    cachedContentTokenCount: usage.cacheReadTokens,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    thoughtsTokenCount: usage.reasoningTokens,
    totalTokenCount: promptTokenCount + usage.outputTokens,
  };
}
