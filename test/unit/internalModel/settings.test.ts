import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import {
  addressIn,
  advisedModelOf,
  internalModelsOf,
  internalTermsOf,
  isPlainHttp,
  originsOf,
  settingOf,
} from '../../../src/internalModel/settings.ts';
import type { InternalModel } from '../../../src/internalModel/settings.ts';

const prices = { input: 0.3, output: 1.2, cacheRead: 0.03, cacheWrite: 0.4 };
const withoutPrice = {
  displayName: 'Acme Coder',
  baseUrl: 'https://models.acme.example',
  formats: ['chatCompletions', 'messages'],
  endpoints: { responses: 'https://responses.acme.example/team' },
  model: 'acme-coder-1',
  contextTokens: 200_000,
  outputTokens: 16_384,
  toolCalling: false,
  suitableWork: ['explore', 'edit', 'answer'],
};
const whole = { ...withoutPrice, prices };
const understood: InternalModel = {
  displayName: 'Acme Coder',
  baseUrl: 'https://models.acme.example',
  formats: ['chatCompletions', 'messages', 'responses'],
  endpoints: {
    chatCompletions: 'https://models.acme.example',
    messages: 'https://models.acme.example',
    responses: 'https://responses.acme.example/team',
  },
  model: 'acme-coder-1',
  price: { kind: 'tokens', usdPerMillion: prices },
  contextTokens: 200_000,
  outputTokens: 16_384,
  toolCalling: false,
  suitableWork: ['explore', 'edit', 'answer'],
};

suite('internal models in the settings', () => {
  const flat = { per: 'gpuHour', usd: 2.5, gpuHoursPerMonth: 146 } as const;
  const valid: [what: string, setting: unknown, expected: readonly InternalModel[]][] = [
    ['everything set', [whole], [understood]],
    ['nothing set', undefined, []],
    ['null', null, []],
    ['an empty list', [], []],
    ['an empty form', [{ displayName: 'x', baseUrl: '', model: '', prices: {} }, {}, null], []],
    [
      'the least, which is an endpoint for Claude Code',
      [{ baseUrl: 'http://localhost:4000', model: 'a', prices: { input: 0, output: 0 } }],
      [
        {
          displayName: 'a',
          baseUrl: 'http://localhost:4000',
          formats: ['messages'],
          endpoints: { messages: 'http://localhost:4000' },
          model: 'a',
          price: { kind: 'tokens', usdPerMillion: { input: 0, output: 0 } },
          toolCalling: true,
        },
      ],
    ],
    ['an endpoint with a slash', [{ ...whole, baseUrl: ' https://models.acme.example/ ' }], [understood]],
    ['an endpoint with its version', [{ ...whole, baseUrl: 'https://models.acme.example/v1/' }], [understood]],
    ['an endpoint with Gemini’s version', [{ ...whole, baseUrl: 'https://models.acme.example/v1beta' }], [understood]],
    ['names with spaces around', [{ ...whole, model: ' acme-coder-1 ', displayName: ' Acme Coder' }], [understood]],
    ['a format named twice', [{ ...whole, formats: ['chatCompletions', 'messages', 'messages'] }], [understood]],
    [
      'a format that is only an address',
      [{ ...whole, formats: undefined, endpoints: { gemini: 'https://g.acme.example/v1beta' } }].map(withoutUndefined),
      [{ ...understood, formats: ['gemini'], endpoints: { gemini: 'https://g.acme.example' } }],
    ],
    ['a flat price', [{ ...withoutPrice, flatPrice: flat }], [{ ...understood, price: { kind: 'flat', flat } }]],
  ];
  for (const [what, setting, expected] of valid) {
    test(`${what} is understood`, () =>
      assert.deepEqual(internalModelsOf(setting), { models: expected, problems: [] }));
  }

  const invalid: [what: string, setting: unknown, where: string][] = [
    ['a text', 'acme', '.0'],
    ['a list in the list', [], '.0.baseUrl'],
    ['no endpoint', { ...whole, baseUrl: undefined }, '.0.baseUrl'],
    ['an endpoint that is none', { ...whole, baseUrl: 'models' }, '.0.baseUrl'],
    ['an endpoint of another kind', { ...whole, baseUrl: 'file:///etc/passwd' }, '.0.baseUrl'],
    ['a key in the endpoint', { ...whole, baseUrl: 'https://user:pass@acme.example' }, '.0.baseUrl'],
    ['a question in the endpoint', { ...whole, baseUrl: 'https://acme.example?key=1' }, '.0.baseUrl'],
    ['a key in an address', { ...whole, endpoints: { gemini: 'https://a:b@acme.example' } }, '.0.endpoints.gemini'],
    ['a format that nobody knows', { ...whole, formats: ['soap'] }, '.0.formats.0'],
    ['no format', { ...whole, formats: [] }, '.0.formats'],
    [
      'an address for a format that nobody knows',
      { ...whole, endpoints: { soap: 'https://a.example' } },
      '.0.endpoints.soap',
    ],
    ['no model', { ...whole, model: ' ' }, '.0.model'],
    ['no price', withoutPrice, '.0.prices'],
    ['two prices', { ...whole, flatPrice: flat }, '.0.flatPrice'],
    ['a price below zero', { ...whole, prices: { ...prices, output: -1 } }, '.0.prices.output'],
    ['a price for one token', { ...whole, prices: { ...prices, input: 10_001 } }, '.0.prices.input'],
    ['a price as text', { ...whole, prices: { ...prices, input: '1' } }, '.0.prices.input'],
    ['a misspelt price', { ...whole, prices: { ...prices, cacheReads: 1 } }, '.0.prices.cacheReads'],
    [
      'an hourly price without hours',
      { ...withoutPrice, flatPrice: { per: 'gpuHour', usd: 2 } },
      '.0.flatPrice.gpuHoursPerMonth',
    ],
    ['a flat price by the year', { ...withoutPrice, flatPrice: { per: 'year', usd: 2 } }, '.0.flatPrice.per'],
    ['half a token of context', { ...whole, contextTokens: 0.5 }, '.0.contextTokens'],
    ['answers of no tokens', { ...whole, outputTokens: 0 }, '.0.outputTokens'],
    ['work that is none', { ...whole, suitableWork: ['thinking'] }, '.0.suitableWork.0'],
    ['no work at all', { ...whole, suitableWork: [] }, '.0.suitableWork'],
    ['a key', { ...whole, key: 'sk-invented' }, '.0.key'],
  ];
  for (const [what, setting, where] of invalid) {
    test(`${what} is refused, and the model after it is not`, () => {
      const other = { ...whole, model: 'other' };
      const { models, problems } = internalModelsOf([setting, other]);
      assert.deepEqual(models, [{ ...understood, model: 'other' }]);
      assert.deepEqual(
        problems.map(({ setting: place }) => place),
        [`aiSpendMeter.internalModels${where}`],
      );
      assert.notEqual(problems[0]?.reason, '');
    });
  }

  test('one model that is no list is refused as a whole', () => {
    const { models, problems } = internalModelsOf(whole);
    assert.deepEqual(models, []);
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      ['aiSpendMeter.internalModels'],
    );
  });

  test('of two models with one id the first counts', () => {
    const { models, problems } = internalModelsOf([whole, { ...whole, displayName: 'Again', model: 'ACME-Coder-1' }]);
    assert.deepEqual(models, [understood]);
    assert.deepEqual(
      problems.map(({ setting }) => setting),
      ['aiSpendMeter.internalModels.1.model'],
    );
  });

  test('what is understood stands in the settings as it was', () => {
    const flatModel = { ...understood, toolCalling: true, price: { kind: 'flat', flat } } as const;
    for (const model of [understood, flatModel]) {
      assert.deepEqual(internalModelsOf([settingOf(model)]), { models: [model], problems: [] });
    }
    assert.equal('endpoints' in settingOf({ ...understood, endpoints: { messages: understood.baseUrl } }), false);
  });

  test('the advisor gets the prices beside the name, or the flat price', () => {
    assert.deepEqual(advisedModelOf(understood), {
      displayName: 'Acme Coder',
      model: 'acme-coder-1',
      ...prices,
      contextTokens: 200_000,
      outputTokens: 16_384,
      suitableWork: ['explore', 'edit', 'answer'],
    });
    assert.deepEqual(internalTermsOf({ ...understood, price: { kind: 'flat', flat } }), {
      displayName: 'Acme Coder',
      model: 'acme-coder-1',
      flat,
    });
  });

  test('the key is for all hosts that get it', () => {
    assert.deepEqual(originsOf(understood), ['https://models.acme.example', 'https://responses.acme.example']);
    assert.deepEqual(originsOf({ baseUrl: 'https://a.example/x', endpoints: { messages: 'https://a.example/y' } }), [
      'https://a.example',
    ]);
  });

  test('an address is kept without what is added to it', () => {
    assert.deepEqual(addressIn(' https://a.example/x/v1/ '), { address: 'https://a.example/x' });
    assert.ok('reason' in addressIn('ftp://a.example'));
  });

  const urls: [url: string, isPlain: boolean][] = [
    ['https://acme.example', false],
    ['http://acme.example', true],
    ['http://localhost:4000/x', false],
    ['http://127.0.0.1', false],
    ['http://127.9.9.9', false],
    ['http://[::1]:80', false],
    ['http://127.0.0.1.acme.example', true],
    ['http://localhost.acme.example', true],
  ];
  for (const [url, isPlain] of urls) {
    test(`${url} can ${isPlain ? '' : 'not '}be read on the way`, () => assert.equal(isPlainHttp(url), isPlain));
  }
});

function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
