import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { budgetOf, defaultSteps } from '../../../src/core/budget.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { settingDefaults, settingsFrom, type Settings } from '../../../src/ui/settings.ts';

function read(values: Readonly<Record<string, unknown>>): { settings: Settings; problems: string[] } {
  const { settings, problems } = settingsFrom(key => values[key], '/home/ada');
  return { settings, problems: problems.map(({ setting, reason }) => `${setting}: ${reason}`) };
}

const described = {
  displayName: 'Internal',
  baseUrl: 'https://models.example.com/anthropic/',
  model: 'coder-large',
  prices: { input: 0.2, output: 0.8, cacheRead: 0.02 },
  contextTokens: 131_072,
};

suite('settings', () => {
  test('have defaults that are valid', () => {
    assert.deepEqual(read({}), read(settingDefaults));
    assert.deepEqual(read({}).problems, []);
    assert.deepEqual(read({}).settings, {
      show: 'moneyAndRate',
      meter: {
        extraFolders: {},
        userPrices: [],
        providerMultipliers: {},
        internalModels: [],
        billing: {},
        budgets: [],
      },
      internalModel: undefined,
      internalModels: [],
      suggestions: { enabled: true, minimumCalls: 20, minimumUsdPerDay: 1 },
    });
  });

  test('become what the meter understands', () => {
    const { settings, problems } = read({
      'statusBar.show': 'money',
      timeZone: 'Europe/Berlin',
      budgets: [
        { usd: 1500, per: 'month', each: 'assistant' },
        { usd: 5, per: 'day', project: '~/shop', countCovered: true, actions: { 100: 'offerSwitch', 50: 'nudge' } },
      ],
      extraFolders: { 'claude-code': ['~/other/.claude', '/srv/logs'] },
      prices: { 'new-model': { input: 1, output: 2, longPrompt: { above: 200_000, input: 2, output: 4 } } },
      priceMultipliers: { anthropic: 0.8 },
      billing: { codex: 'covered' },
      internalModels: [described, { ...described, model: 'coder-small', displayName: 'Small' }],
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(settings.meter, {
      timeZone: 'Europe/Berlin',
      extraFolders: { 'claude-code': ['/home/ada/other/.claude', '/srv/logs'] },
      userPrices: [{ model: 'new-model', input: 1, output: 2, longPrompt: { above: 200_000, input: 2, output: 4 } }],
      providerMultipliers: { anthropic: 0.8 },
      internalModels: [
        {
          model: 'coder-large',
          displayName: 'Internal',
          input: 0.2,
          output: 0.8,
          cacheRead: 0.02,
        },
        { model: 'coder-small', displayName: 'Small', input: 0.2, output: 0.8, cacheRead: 0.02 },
      ],
      billing: { codex: 'covered' },
      budgets: [
        budgetOf({
          name: undefined,
          limitNanoUsd: nanoUsd(1500),
          period: 'month',
          scope: {},
          each: 'assistant',
          timeZone: undefined,
          countsCovered: false,
          steps: defaultSteps,
        }),
        budgetOf({
          name: undefined,
          limitNanoUsd: nanoUsd(5),
          period: 'day',
          scope: { project: '/home/ada/shop' },
          each: undefined,
          timeZone: undefined,
          countsCovered: true,
          steps: [
            { atShare: 0.5, action: 'nudge' },
            { atShare: 1, action: 'offerSwitch' },
          ],
        }),
      ],
      internalAddresses: ['https://models.example.com/anthropic'],
    });
    assert.equal(settings.internalModel?.baseUrl, 'https://models.example.com/anthropic');
    assert.deepEqual(
      settings.internalModels.map(({ model }) => model),
      ['coder-large', 'coder-small'],
    );
  });

  const refused: [what: string, key: string, value: unknown, reason: RegExp][] = [
    ['an unknown variant', 'statusBar.show', 'everything', /everything/],
    ['an unknown time zone', 'timeZone', 'Mars/Base', /it is no time zone/],
    ['a budget of nothing', 'budgets', [{ usd: 0, per: 'month' }], /0\.usd/],
    ['a budget without a period', 'budgets', [{ usd: 5 }], /0\.per/],
    ['a budget that does something unheard of', 'budgets', [{ usd: 5, per: 'day', actions: { 80: 'shout' } }], /80/],
    [
      'a budget with a step that is no percentage',
      'budgets',
      [{ usd: 5, per: 'day', actions: { all: 'note' } }],
      /percentage/,
    ],
    ['a budget with a typing error', 'budgets', [{ usd: 5, per: 'day', asistant: 'codex' }], /asistant/],
    ['a budget in no time zone', 'budgets', [{ usd: 5, per: 'day', timeZone: 'Mars/Base' }], /0\.timeZone/],
    ['a relative folder', 'extraFolders', { codex: ['logs'] }, /codex\.0: a folder must be an absolute path/],
    ['a price without output', 'prices', { m: { input: 1 } }, /m\.output/],
    ['a price with a typing error', 'prices', { m: { input: 1, output: 1, cachRead: 1 } }, /m\.cachRead/],
    ['a factor of zero', 'priceMultipliers', { anthropic: 0 }, /anthropic/],
    ['an unknown way of billing', 'billing', { codex: 'free' }, /codex/],
    ['half a description', 'internalModels', [{ displayName: 'Internal', model: 'coder' }], /baseUrl/],
    ['a password in an address', 'internalModels', [{ ...described, baseUrl: 'https://ada:x@example.com' }], /user/],
    ['a key in the description', 'internalModels', [{ ...described, key: 'secret' }], /key/],
    ['a limit of no calls', 'suggestions.minimumCalls', 0, />=1/],
  ];
  for (const [what, key, value, reason] of refused) {
    test(`refuse ${what}, and count as not set`, () => {
      const { settings, problems } = read({ [key]: value });
      assert.deepEqual(settings, read({}).settings);
      assert.equal(problems.length, 1);
      assert.ok(problems[0]!.startsWith(`aiSpendMeter.${key}`), problems[0]);
      assert.match(problems[0]!, reason);
    });
  }
});
