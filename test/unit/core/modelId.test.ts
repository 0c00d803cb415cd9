import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { makerOf, modelForms, providerId } from '../../../src/core/modelId.ts';

suite('modelId', () => {
  const forms: [model: string, spellings: string[]][] = [
    ['claude-opus-5-5', ['claude-opus-5-5']],
    [' Claude-Opus-5-5 ', ['claude-opus-5-5']],
    ['claude-opus-5-5[1m]', ['claude-opus-5-5[1m]', 'claude-opus-5-5']],
    ['claude-haiku-4-5-20251001', ['claude-haiku-4-5-20251001', 'claude-haiku-4-5']],
    ['claude-opus-4-6@20260205', ['claude-opus-4-6@20260205', 'claude-opus-4-6']],
    ['gpt-5.6-sol-2026-07-09', ['gpt-5.6-sol-2026-07-09', 'gpt-5.6-sol']],
    ['claude-3-7-sonnet-latest', ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet']],
    ['claude-sonnet-4.6', ['claude-sonnet-4.6', 'claude-sonnet-4-6']],
    ['claude-4.6-sonnet', ['claude-4.6-sonnet', 'claude-sonnet-4-6']],
    ['claude-4-sonnet', ['claude-4-sonnet', 'claude-sonnet-4']],
    ['gemini-2.5-pro:thinking', ['gemini-2.5-pro:thinking', 'gemini-2.5-pro']],
    // What looks like a date but is none, and what is a part of the name, stays.
    ['acme-20261399', ['acme-20261399']],
    ['gpt-5.1-codex-max', ['gpt-5.1-codex-max']],
    ['kimi-k2-thinking', ['kimi-k2-thinking']],
    ['devstral-small:free', ['devstral-small:free']],
    // Only these two put the effort into the id.
    ['copilot/gpt-5.5-high', ['gpt-5.5-high', 'gpt-5.5']],
    [
      'cursor/claude-4.6-sonnet-thinking',
      ['claude-4.6-sonnet-thinking', 'claude-sonnet-4-6-thinking', 'claude-sonnet-4-6'],
    ],
    ['openai/gpt-5.5-high', ['gpt-5.5-high']],
  ];
  for (const [model, spellings] of forms) {
    test(`${model} is looked up as ${spellings.join(', ')}`, () => {
      const found = modelForms(model)
        .filter(form => !form.isFast)
        .map(form => form.id);
      assert.deepEqual(found, spellings);
    });
  }

  const whole: [model: string, forms: ReturnType<typeof modelForms>][] = [
    ['openrouter/anthropic/claude-opus-5', [{ id: 'claude-opus-5', provider: 'anthropic' }]],
    ['vertex_ai/gemini-2.5-pro', [{ id: 'gemini-2.5-pro', provider: 'google' }]],
    ['copilot/gpt-5.5', [{ id: 'gpt-5.5' }]],
    ['claude-opus-5-fast', [{ id: 'claude-opus-5-fast' }, { id: 'claude-opus-5', isFast: true }]],
    [
      'us.anthropic.claude-haiku-4-5-20251001-v1:0',
      [
        { id: 'regional.anthropic.claude-haiku-4-5', provider: 'aws' },
        { id: 'claude-haiku-4-5', provider: 'aws', region: 'us' },
      ],
    ],
    [
      'bedrock/global.anthropic.claude-opus-5',
      [
        { id: 'global.anthropic.claude-opus-5', provider: 'aws' },
        { id: 'claude-opus-5', provider: 'aws' },
      ],
    ],
  ];
  for (const [model, expected] of whole) {
    test(`${model} tells more than a name`, () => {
      assert.deepEqual(modelForms(model), expected);
    });
  }

  const makers: [id: string, maker: string | undefined][] = [
    ['claude-opus-5', 'anthropic'],
    ['gpt-5.5', 'openai'],
    ['o3', 'openai'],
    ['o4-mini', 'openai'],
    ['grok-4.6', 'x-ai'],
    ['kimi-k3', 'moonshotai'],
    ['acme-coder-1', undefined],
    ['olympus-1', undefined],
  ];
  for (const [id, maker] of makers) {
    test(`${id} is made by ${maker ?? 'somebody unknown'}`, () => {
      assert.equal(makerOf(id), maker);
    });
  }

  test('providers have one name each', () => {
    assert.deepEqual(['xAI', 'Bedrock', 'vertex_ai', 'anthropic', 'acme'].map(providerId), [
      'x-ai',
      'aws',
      'google',
      'anthropic',
      'acme',
    ]);
  });
});
