import assert from 'node:assert/strict';
import { setup, suite, test } from 'mocha';

import type { FirstCallRequest, Meter } from '../../../src/core/meterApi.ts';
import type { ActiveSwitch } from '../../../src/core/statusText.ts';
import type { AppliedSwitch, Switcher } from '../../../src/switching/switcher.ts';
import { Switches } from '../../../src/ui/switches.ts';

type FirstCall = Awaited<ReturnType<Meter['firstCallSince']>>;

const applied: AppliedSwitch = {
  id: 'copilot-chat-settings',
  assistant: 'copilot-chat',
  scope: 'everywhere',
  project: undefined,
  model: { displayName: 'Acme Coder', model: 'acme-coder-1', baseUrl: 'https://models.acme.example' },
  path: 'settings.json',
  appliedAtMs: 1000,
  isIntact: true,
};
const internal: FirstCall = { atMs: 3000, model: 'acme-coder-1', isInternal: true, project: undefined };
const external: FirstCall = { atMs: 2000, model: 'gpt-5.5', isInternal: false, project: undefined };

/** What is taken for the call that tells whether the switch works, if these are the first calls by assistant. */
async function tellingCall(first: Readonly<Record<string, FirstCall>>): Promise<ActiveSwitch['firstCall']> {
  const switcher: Partial<Switcher> = {
    assistant: 'copilot-chat',
    name: 'GitHub Copilot Chat',
    internalCallsOf: 'internal-chat',
    outstanding: () => Promise.resolve([applied]),
    inEffect: () => Promise.resolve(applied),
  };
  const switches = new Switches({
    meter: { firstCallSince: ({ assistant }: FirstCallRequest) => Promise.resolve(first[assistant]) },
    switchers: () => Promise.resolve([switcher as Switcher]),
    project: () => undefined,
    onError: error => assert.fail(String(error)),
  });
  await switches.refresh();
  return switches.active[0]?.firstCall;
}

suite('The switches of a window', () => {
  const elsewhere: AppliedSwitch = {
    ...applied,
    id: 'aider-0123456789ab',
    assistant: 'aider',
    project: '/home/dev/api',
  };
  let outstanding: readonly AppliedSwitch[];
  let problems: unknown[];
  setup(() => {
    outstanding = [];
    problems = [];
  });

  const switchesOf = (switchers: readonly Partial<Switcher>[]): Switches =>
    new Switches({
      meter: { firstCallSince: () => Promise.resolve(undefined) },
      switchers: () => Promise.resolve(switchers as Switcher[]),
      project: () => '/home/dev/shop',
      onError: error => problems.push(error),
    });
  const aider: Partial<Switcher> = {
    assistant: 'aider',
    name: 'Aider',
    outstanding: () => Promise.resolve(outstanding),
    inEffect: () => Promise.resolve(undefined),
  };

  test('are known but for those of an assistant that cannot be asked', async () => {
    outstanding = [elsewhere];
    const failure = new Error('It does not start.');
    const rooCode: Partial<Switcher> = { ...aider, assistant: 'roo-code', outstanding: () => Promise.reject(failure) };
    const switches = switchesOf([rooCode, aider]);
    await switches.refresh();
    assert.deepEqual([switches.outstanding, switches.isKnown, problems], [[elsewhere], false, [failure]]);
  });

  test('are news also where they hold for another project', async () => {
    const switches = switchesOf([aider]);
    let changes = 0;
    switches.onDidChange(() => (changes += 1));
    await switches.refresh();
    assert.equal(changes, 0);
    outstanding = [elsewhere];
    await switches.refresh();
    await switches.refresh();
    assert.equal(changes, 1);
  });
});

suite('A switch whose internal calls are metered under another name', () => {
  const cases: [what: string, first: Readonly<Record<string, FirstCall>>, expected: FirstCall][] = [
    ['works once there is one of them', { 'internal-chat': internal }, internal],
    [
      'works although a chat that was open goes on as before',
      { 'internal-chat': internal, 'copilot-chat': external },
      internal,
    ],
    ['does not as long as only others answer', { 'copilot-chat': external }, external],
    ['is not known to work before the first call', {}, undefined],
  ];
  for (const [what, first, expected] of cases) {
    test(what, async () => assert.deepEqual(await tellingCall(first), expected));
  }
});
