import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import { advisedModelOf, internalModelOf } from '../../../src/internalModel/settings.ts';

const whole = {
  displayName: 'Acme Coder',
  baseUrl: 'https://models.acme.example',
  model: 'acme-coder-1',
  prices: { input: 0.3, output: 1.2, cacheRead: 0.03, cacheWrite: 0.4 },
  contextTokens: 200_000,
  suitableWork: ['explore', 'edit', 'answer'],
};
const { prices } = whole;

suite('internalModel settings', () => {
  const valid: [what: string, setting: unknown, expected: unknown][] = [
    ['everything set', whole, whole],
    ['nothing set', undefined, undefined],
    ['null', null, undefined],
    ['an empty object', {}, undefined],
    ['an empty form', { displayName: 'x', baseUrl: '', model: '', prices: {} }, undefined],
    [
      'the least',
      { baseUrl: 'http://localhost:4000', model: 'a', prices: { input: 0, output: 0 } },
      { displayName: 'a', baseUrl: 'http://localhost:4000', model: 'a', prices: { input: 0, output: 0 } },
    ],
    ['an endpoint with a slash', { ...whole, baseUrl: ' https://models.acme.example/ ' }, whole],
    ['an endpoint with its version', { ...whole, baseUrl: 'https://models.acme.example/v1/' }, whole],
    [
      'an endpoint with a path',
      { ...whole, baseUrl: 'https://acme.example/anthropic/v1' },
      { ...whole, baseUrl: 'https://acme.example/anthropic' },
    ],
    ['names with spaces around', { ...whole, model: ' acme-coder-1 ', displayName: ' Acme Coder' }, whole],
  ];
  for (const [what, setting, expected] of valid) {
    test(`${what} is understood`, () => assert.deepEqual(internalModelOf(setting), expected));
  }

  const invalid: [what: string, setting: unknown, where: string][] = [
    ['a text', 'acme', ''],
    ['a list', [], '.baseUrl'],
    ['no endpoint', { ...whole, baseUrl: undefined }, '.baseUrl'],
    ['an endpoint that is none', { ...whole, baseUrl: 'models' }, '.baseUrl'],
    ['an endpoint of another kind', { ...whole, baseUrl: 'file:///etc/passwd' }, '.baseUrl'],
    ['a key in the endpoint', { ...whole, baseUrl: 'https://user:pass@acme.example' }, '.baseUrl'],
    ['a question in the endpoint', { ...whole, baseUrl: 'https://acme.example?key=1' }, '.baseUrl'],
    ['no model', { ...whole, model: ' ' }, '.model'],
    ['no prices', { ...whole, prices: undefined }, '.prices'],
    ['a price below zero', { ...whole, prices: { ...prices, output: -1 } }, '.prices.output'],
    ['a price for one token', { ...whole, prices: { ...prices, input: 10_001 } }, '.prices.input'],
    ['a price as text', { ...whole, prices: { ...prices, input: '1' } }, '.prices.input'],
    ['a misspelt price', { ...whole, prices: { ...prices, cacheReads: 1 } }, '.prices.cacheReads'],
    ['half a token of context', { ...whole, contextTokens: 0.5 }, '.contextTokens'],
    ['work that is none', { ...whole, suitableWork: ['thinking'] }, '.suitableWork.0'],
    ['no work at all', { ...whole, suitableWork: [] }, '.suitableWork'],
  ];
  for (const [what, setting, where] of invalid) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => internalModelOf(setting),
        (error: unknown) => {
          assert.ok(error instanceof UserError && error.problem.kind === 'settingInvalid');
          assert.equal(error.problem.setting, `aiSpendMeter.internalModel${where}`);
          assert.notEqual(error.problem.reason, '');
          return true;
        },
      );
    });
  }

  test('the advisor gets the prices beside the name', () => {
    const model = internalModelOf(whole);
    assert.ok(model);
    assert.deepEqual(advisedModelOf(model), {
      displayName: 'Acme Coder',
      model: 'acme-coder-1',
      ...prices,
      contextTokens: 200_000,
      suitableWork: ['explore', 'edit', 'answer'],
    });
    assert.deepEqual(advisedModelOf({ displayName: 'a', baseUrl: 'https://a.example', model: 'a', prices }), {
      displayName: 'a',
      model: 'a',
      ...prices,
    });
  });
});
