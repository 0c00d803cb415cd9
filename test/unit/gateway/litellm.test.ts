import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { setup, suite, suiteSetup, suiteTeardown, test } from 'mocha';

import type { KeyLimits } from '../../../src/core/gatewayBudget.ts';
import { askKeyLimits, type KeyAnswer } from '../../../src/gateway/litellm.ts';
import { startModelHost, type ModelHost } from '../internalModel/modelHost.ts';

const key = 'sk-invented-4711';
const page = '<!doctype html><title>Sign in</title>';
const none: KeyLimits = { spentUsd: undefined, limits: [], limitedModels: [], hasTeam: false, teamLimits: [] };

/** A record of a key as LiteLLM 1.8x has it; all of it is invented. */
const record = {
  key: '88dc',
  info: {
    key_name: 'sk-...4711',
    key_alias: 'robin-ide',
    spend: 12.847,
    max_budget: 50,
    budget_duration: '30d',
    budget_reset_at: '2026-12-01T00:00:00Z',
    expires: null,
    models: ['acme-coder-1'],
    team_id: null,
    rpm_limit: 60,
    model_max_budget: {},
    blocked: null,
    litellm_budget_table: null,
  },
};
const december = Date.UTC(2026, 11, 1);

suite('the limits of a key, asked of LiteLLM', () => {
  let host: ModelHost;
  suiteSetup(async () => {
    host = await startModelHost();
  });
  suiteTeardown(() => host.close());
  let asked = 0;
  setup(() => {
    asked = host.requests.length;
  });

  function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
  async function answerTo(status: number, body: unknown, headers?: Record<string, string>): Promise<KeyAnswer> {
    host.answer = response => send(response, status, body, headers);
    return askKeyLimits({ root: host.url, key, timeoutMs: 2000 });
  }

  const limit = { usd: 50, duration: '30d', resetsAtMs: december };
  const answers: [what: string, info: unknown, limits: KeyLimits][] = [
    ['all of it', record.info, { ...none, spentUsd: 12.847, limits: [limit] }],
    ['nothing', {}, none],
    ['null', { spend: null, max_budget: null, budget_duration: null, budget_limits: null, team_id: null }, none],
    [
      'numbers as texts',
      { spend: '12.5', max_budget: '50.0', budget_duration: '1mo' },
      { ...none, spentUsd: 12.5, limits: [{ usd: 50, duration: '1mo', resetsAtMs: undefined }] },
    ],
    ['texts that are no numbers', { spend: 'None', max_budget: 'None', budget_duration: 7 }, none],
    [
      'a moment without a time zone',
      { max_budget: 50, budget_duration: '30d', budget_reset_at: '2026-12-01T00:00:00' },
      { ...none, limits: [limit] },
    ],
    [
      'several windows, one of them nonsense',
      {
        budget_limits: [
          { budget_duration: '24h', max_budget: 5 },
          'nonsense',
          { budget_duration: '7d', max_budget: '20' },
        ],
      },
      {
        ...none,
        limits: [
          { usd: 5, duration: '24h', resetsAtMs: undefined },
          { usd: 20, duration: '7d', resetsAtMs: undefined },
        ],
      },
    ],
    [
      'a budget that was given to it, and limits for models',
      {
        litellm_budget_table: { max_budget: 9, budget_duration: '1d' },
        model_max_budget: { 'claude-opus-5': { max_budget: 1 } },
      },
      { ...none, limits: [{ usd: 9, duration: '1d', resetsAtMs: undefined }], limitedModels: ['claude-opus-5'] },
    ],
    ['a limit that never begins anew', { max_budget: 0 }, { ...none, limits: [{ usd: 0, ...never() }] }],
  ];
  function never(): { duration: undefined; resetsAtMs: undefined } {
    return { duration: undefined, resetsAtMs: undefined };
  }

  for (const [what, info, limits] of answers) {
    test(`are read from ${what}`, async () => {
      assert.deepEqual(await answerTo(200, { key: '88dc', info }), { kind: 'limits', limits });
      assert.deepEqual(
        host.requests.slice(asked).map(({ method, url, headers }) => [method, url, headers.authorization]),
        [['GET', '/key/info', `Bearer ${key}`]],
      );
    });
  }

  const team = { max_budget: 1000, budget_duration: '30d', budget_reset_at: '2026-12-01T00:00:00Z' };
  for (const [what, status, body, teamLimits] of [
    ['are those of its team too', 200, { team_info: team }, [{ ...limit, usd: 1000 }]],
    ['are there without those of a team that it may not ask about', 403, { error: {} }, []],
    ['are there without those of a team that is told in another way', 200, { team: 1 }, []],
  ] as const) {
    test(what, async () => {
      host.answer = (response, count) =>
        count === asked + 1
          ? send(response, 200, { info: { ...record.info, team_id: 'core & more' } })
          : send(response, status, body);
      assert.deepEqual(await askKeyLimits({ root: host.url, key }), {
        kind: 'limits',
        limits: { ...none, spentUsd: 12.847, limits: [limit], hasTeam: true, teamLimits },
      });
      assert.equal(host.requests.at(-1)?.url, '/team/info?team_id=core%20%26%20more');
    });
  }

  const failures: [what: string, status: number, body: unknown, failure: KeyAnswer][] = [
    ['401', 401, { error: { message: `no key ${key}` } }, { kind: 'notAllowed', status: 401 }],
    ['403', 403, { error: { message: 'not this route' } }, { kind: 'notAllowed', status: 403 }],
    ['404 for the key', 404, { error: { message: 'Key not found' } }, { kind: 'notAllowed', status: 404 }],
    ['404 for the path', 404, { detail: 'Not Found' }, { kind: 'notLitellm', status: 404 }],
    ['404 as a page', 404, page, { kind: 'notLitellm', status: 404 }],
    ['a page', 200, page, { kind: 'notLitellm', status: 200 }],
    ['something else', 200, { data: [] }, { kind: 'notLitellm', status: 200 }],
    ['a list', 200, [], { kind: 'notLitellm', status: 200 }],
    ['429', 429, {}, { kind: 'unavailable', status: 429 }],
    ['503', 503, page, { kind: 'unavailable', status: 503 }],
    [
      'too much',
      200,
      JSON.stringify({ info: { alias: 'x'.repeat(2 * 1024 * 1024) } }),
      { kind: 'notLitellm', status: 200 },
    ],
  ];
  for (const [what, status, body, failure] of failures) {
    test(`are none with ${what}, asked once`, async () => {
      assert.deepEqual(await answerTo(status, body), failure);
      assert.equal(host.requests.length, asked + 1);
    });
  }

  test('do not follow a redirect with the key', async () => {
    const answer = await answerTo(307, '', { location: `${host.url}/elsewhere` });
    assert.deepEqual(answer, { kind: 'redirected', status: 307 });
    assert.equal(host.requests.length, asked + 1);
  });

  test('are not waited for without end, whether nothing comes or it never ends', async () => {
    for (const begin of [(_: ServerResponse) => undefined, (response: ServerResponse) => void response.write('{')]) {
      host.answer = begin;
      assert.deepEqual(await askKeyLimits({ root: host.url, key, timeoutMs: 100 }), {
        kind: 'unreachable',
        reason: 'No answer within 0.1 s',
      });
    }
  });

  test('are none where nobody answers, and the reason does not have the key', async () => {
    const gone = await startModelHost();
    await gone.close();
    const answer = await askKeyLimits({ root: `${gone.url}/${key}`, key });
    assert.equal(answer.kind, 'unreachable');
    assert.ok(!JSON.stringify(answer).includes(key));
  });

  test('are not asked for unencrypted, except on this machine', async () => {
    const answer = await askKeyLimits({ root: 'http://models.acme.example', key });
    assert.deepEqual(answer, { kind: 'plainHttp' });
  });

  test('are not asked for with a key that cannot be sent', async () => {
    await assert.rejects(askKeyLimits({ root: host.url, key: 'a b' }), { message: 'internalModelNotSet' });
    assert.equal(host.requests.length, asked);
  });

  test('are given up when the user does', async () => {
    const abort = new AbortController();
    host.answer = () => abort.abort();
    await assert.rejects(askKeyLimits({ root: host.url, key, signal: abort.signal }), { name: 'AbortError' });
    await assert.rejects(askKeyLimits({ root: host.url, key, signal: abort.signal }), { name: 'AbortError' });
    assert.equal(host.requests.length, asked + 1);
  });
});
