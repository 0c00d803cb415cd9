import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'mocha';
import fc from 'fast-check';
import { estimatedRequestTokens } from '../../../src/internalModel/chatProviderTokens.ts';
import { estimatedTokens } from '../../../src/internalModel/tokenEstimate.ts';

/** The truth is what OpenAI's o200k_base makes of these texts. */
const cases: [what: string, text: string, tokens: number][] = [
  [
    'English',
    'The meter reads the logs that assistants write on the developer’s own machine, prices every call, and keeps all calls in one local ledger. A later price does not change the past.',
    37,
  ],
  [
    'source code',
    'export function usageBeyond(whole: Usage, part: Usage): Usage {\n  return mapUsage(bucket => Math.max(0, whole[bucket] - part[bucket]));\n}\n\n/** Whether no bucket has anything. */\nexport function isNoUsage(usage: Usage): boolean {\n  return usageBuckets.every(bucket => usage[bucket] === 0);\n}\n',
    72,
  ],
  [
    'JSON',
    '{"id":"3f1d2c8a-0b6e-4a57-9c1f-5d20aa10c001","at":"2026-10-31T23:59:58.120Z","usage":{"inputTokens":1210,"outputTokens":310}}',
    65,
  ],
  [
    'German',
    'Der Benutzer möchte, dass wir die Berechnung der monatlichen Ausgaben überprüfen und gegebenenfalls verbessern. Dabei sollen Rundungsfehler vermieden werden.',
    31,
  ],
  ['Chinese', '用户希望我们检查每月支出的计算并在必要时进行改进。应避免舍入误差。', 24],
  ['Japanese', 'ユーザーは毎月の支出の計算を確認し、必要に応じて改善することを望んでいます。', 29],
  ['Korean', '사용자는 매월 지출 계산을 확인하고 필요에 따라 개선하기를 원합니다.', 19],
];

suite('The estimate of tokens', () => {
  for (const [what, text, tokens] of cases) {
    test(`of ${what} is between three quarters and one and a half of the truth`, () => {
      const share = estimatedTokens(text) / tokens;
      assert.ok(share > 0.75 && share < 1.5, share.toFixed(2));
    });
  }

  test('is at most one for each character', () => {
    assert.equal(estimatedTokens(''), 0);
    assert.equal(estimatedTokens('a'), 1);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const tokens = estimatedTokens(text);
        assert.ok(Number.isInteger(tokens) && tokens >= 0 && tokens <= text.length);
      }),
    );
  });

  test('of a very long text is that of its beginning, as often', () => {
    const source = readFileSync(import.meta.filename, 'utf8').slice(0, 2000);
    const expected = estimatedTokens(source) * 500;
    const found = estimatedTokens(source.repeat(500));
    assert.ok(Math.abs(found / expected - 1) < 0.01, `${String(found)} instead of ${String(expected)}`);
  });

  test('of a request counts messages, tools, their calls and results, and pictures', () => {
    const tokens = estimatedRequestTokens({
      messages: [
        {
          role: 'user',
          parts: [
            { kind: 'text', text: 'Look' },
            { kind: 'image', mediaType: 'image/png', base64: '' },
          ],
        },
        { role: 'assistant', parts: [{ kind: 'toolCall', id: '1', name: 'look', input: {} }] },
        { role: 'user', parts: [{ kind: 'toolResult', callId: '1', content: [{ kind: 'text', text: 'seen' }] }] },
      ],
    });
    // Three messages, a call and a result of four each; `look` and its `{}`; two words; a picture.
    assert.equal(tokens, 5 * 4 + 2 + 2 + 1_000);
  });
});
