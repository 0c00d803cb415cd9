import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { chatLimitsOf, type ChatLimits } from '../../../src/internalModel/chatLimits.ts';

suite('The limits of an internal model in the chat', () => {
  const cases: [what: string, model: Parameters<typeof chatLimitsOf>[0], expected: ChatLimits][] = [
    [
      'are those of the model',
      { contextTokens: 200_000, outputTokens: 16_000 },
      { maxInputTokens: 184_000, maxOutputTokens: 16_000 },
    ],
    [
      'leave room for a question where an answer may fill the context',
      { contextTokens: 131_072, outputTokens: 131_072 },
      { maxInputTokens: 65_536, maxOutputTokens: 65_536 },
    ],
    ['are assumed where nobody tells', {}, { maxInputTokens: 122_880, maxOutputTokens: 8_192 }],
  ];
  for (const [what, model, expected] of cases) test(what, () => assert.deepEqual(chatLimitsOf(model), expected));
});
