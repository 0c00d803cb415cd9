import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { DoctorReport } from '../../../src/core/doctor.ts';
import type { UserProblem } from '../../../src/core/errors.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { adviseSwitch, type AdvisableCall, type SwitchAdviceRequest } from '../../../src/core/switchAdvisor.ts';
import { noUsage, work } from '../../../src/core/call.ts';
import { adviceMarkdown, suggestionText } from '../../../src/ui/adviceText.ts';
import { doctorText } from '../../../src/ui/doctorText.ts';
import { problemText } from '../../../src/ui/problemText.ts';
import { planMarkdown, planRisks } from '../../../src/ui/switchText.ts';
import type { SwitchPlan } from '../../../src/switching/switcher.ts';

const language = {
  locale: 'en-US',
  t: (message: string, ...args: (string | number)[]) =>
    message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
};

const problems: UserProblem[] = [
  { kind: 'ledgerTooNew', path: '/ledger.db', version: 9, known: 1 },
  { kind: 'ledgerUnusable', path: '/ledger.db', reason: 'disk full' },
  { kind: 'sqliteMissing', nodeVersion: '20.1.0' },
  { kind: 'unknownTimeZone', timeZone: 'Mars/Base' },
  { kind: 'badArgument', argument: '--by', expected: 'day' },
  { kind: 'workerDied', reason: 'out of memory' },
  { kind: 'settingInvalid', setting: 'aiSpendMeter.prices', reason: 'm.input: not a number' },
  { kind: 'internalModelNotSet' },
  { kind: 'internalModelUnreachable', host: 'models.example.com', reason: 'no route' },
  { kind: 'internalModelRefused', host: 'models.example.com', status: 401 },
  { kind: 'internalModelRefused', host: 'models.example.com', status: 404 },
  { kind: 'configUnreadable', path: '/settings.json', reason: 'comments' },
  { kind: 'configUnwritable', path: '/settings.json', reason: 'read-only' },
  { kind: 'configChanged', path: '/settings.json' },
  { kind: 'secretInCommittedFile', path: '/settings.json' },
];

suite('the sentence about a problem', () => {
  for (const problem of problems) {
    test(`${problem.kind} names its facts and ends as a sentence`, () => {
      const text = problemText(problem, language.t);
      assert.match(text, /\.$/);
      assert.doesNotMatch(text, /undefined|\{\d/);
      const { kind, ...facts } = problem;
      for (const [name, fact] of Object.entries(facts)) {
        // The versions say no more to people than that theirs is older.
        if (kind !== 'ledgerTooNew' || name === 'path') assert.ok(text.includes(String(fact)), `${name}: ${text}`);
      }
    });
  }

  test('asks for a new key where the key was refused, and only there', () => {
    const sentence = (status: number): string =>
      problemText({ kind: 'internalModelRefused', host: 'models.example.com', status }, language.t);
    assert.match(sentence(401), /Set a new key/);
    assert.doesNotMatch(sentence(404), /key/);
  });
});

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 7, 14);

const request: SwitchAdviceRequest = {
  assistant: 'claude-code',
  project: undefined,
  sinceMs: nowMs - 14 * dayMs,
  untilMs: nowMs,
  internalModel: { model: 'coder', displayName: 'Acme | Coder', input: 1, output: 1 },
  thresholds: { calls: 2, usdPerDay: 1 },
  isSwitched: false,
};

function call(change: Partial<AdvisableCall> = {}): AdvisableCall {
  return {
    atMs: nowMs - dayMs / 2,
    model: 'claude-opus-5-5',
    provider: 'anthropic',
    usage: { ...noUsage, inputTokens: 1_000_000 },
    work: work.edit,
    isSubagent: false,
    billing: 'billed',
    project: '/code/shop',
    costNanoUsd: nanoUsd(5),
    isUnlisted: false,
    ...change,
  };
}

suite('the advice to switch', () => {
  const advice = adviseSwitch(
    [call(), call(), call({ costNanoUsd: undefined }), call({ usage: { ...noUsage, webSearches: 1 } })],
    request,
  );

  test('says in one sentence what it would have saved', () => {
    assert.equal(
      suggestionText(advice, language),
      'Acme | Coder could have answered 2 of your Claude Code calls of the last 14 days for $2.00 instead of $10.00: $8.00 less per day.',
    );
  });

  test('tells the comparison, what was left out and why, and its limits', () => {
    const text = adviceMarkdown(advice, language);
    for (const line of [
      '# Would Acme \\| Coder do?',
      '| Editing files | 2 | $10.00 | $2.00 | $8.00 |',
      '| claude\\-opus\\-5\\-5 | 2 | $10.00 | $2.00 | $8.00 |',
      '| The provider searched the web inside the call | 1 | $5.00 |',
      '| No price is known, so there is nothing to compare | 1 | ? |',
      '- A switch moves all calls of the assistant, also those that are left out here.',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n\n${text}`);
    }
  });

  test('says why it would not have been suggested', () => {
    const text = adviceMarkdown(adviseSwitch([call()], request), language);
    assert.match(text, /1 calls are compared; 2 is the minimum/);
  });

  test('explains itself without an internal model and without calls', () => {
    const text = adviceMarkdown(adviseSwitch([], { ...request, internalModel: undefined }), language);
    assert.match(text, /No internal model is described/);
    assert.doesNotMatch(text, /NaN|undefined/);
  });
});

test('the doctor names every folder, and every place it could not read', () => {
  const report: DoctorReport = {
    schema: 1,
    ledger: { path: '/data/ledger.db', sizeBytes: 1_500_000, calls: 1234 },
    assistants: [
      {
        assistant: 'codex',
        name: 'Codex',
        folders: [
          { path: '/home/ada/.codex/sessions', exists: true },
          { path: '/home/ada/.codex/archived_sessions', exists: false },
          { path: '/srv/codex', exists: true, reason: 'EACCES' },
          { path: '/srv/other', exists: false },
        ],
        logs: 2,
        sizeBytes: 2_000_000,
        readLogs: 1,
        calls: 7,
        kinds: [
          { kind: 'event_msg', count: 1200 },
          { kind: 'brand_new', count: 1 },
        ],
        versions: ['0.169.0'],
        problems: [{ path: '/home/ada/.codex/sessions/a.jsonl', offset: 17, kind: 'malformed' }],
      },
    ],
  };
  assert.equal(
    doctorText(report, language),
    [
      'AI Spend Meter: what is found and read',
      '',
      'Ledger: /data/ledger.db (1.5 MB, 1,234 calls)',
      '',
      'Codex (codex)',
      '  folder  /home/ada/.codex/sessions  [found]',
      '  folder  /srv/codex  [EACCES]',
      '  folder  /home/ada/.codex/archived_sessions  [not there]',
      '  and 1 other places, which are not there',
      '  2 logs, 2 MB, 1 read to their end',
      '  7 calls in the ledger',
      '  written by version 0.169.0',
      '  records in the newest logs: event_msg 1,200, brand_new 1',
      '  1 places could not be read as expected:',
      '    /home/ada/.codex/sessions/a.jsonl  byte 17  malformed',
      '',
    ].join('\n'),
  );
});

suite('a planned switch', () => {
  const plan: SwitchPlan = {
    id: 'claude-code-1',
    assistant: 'claude-code',
    scope: 'project',
    project: '/code/shop',
    model: { displayName: 'Acme', model: 'coder', baseUrl: 'https://models.example.com' },
    path: '/code/shop/.claude/settings.local.json',
    isNewFile: true,
    changes: [{ key: 'env.A', before: undefined, after: 'a|`b`' }],
    gitExclude: undefined,
    takesEffect: { connection: 'nextRequest', model: 'nextSession' },
    overriddenBy: [],
    cautions: ['readableByOthers'],
    isReplacement: false,
    files: [],
  };

  test('asks only about what may go wrong', () => {
    assert.deepEqual(planRisks(plan, language), []);
    const risky: SwitchPlan = {
      ...plan,
      cautions: ['plainHttp'],
      overriddenBy: [{ path: '/x.json', keys: ['env.A'] }],
    };
    assert.equal(planRisks(risky, language).length, 2);
  });

  test('shows each change, and who else can read the file', () => {
    const text = planMarkdown(plan, 'Claude Code', language);
    assert.ok(text.includes('| ` env.A ` | – | `` a\\|`b` `` |'), text);
    assert.match(text, /can be read by other users/);
  });
});
