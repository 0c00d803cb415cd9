import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { DoctorReport } from '../../../src/core/doctor.ts';
import type { UserProblem } from '../../../src/core/errors.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import { adviseSwitch, type AdvisableCall, type SwitchAdviceRequest } from '../../../src/core/switchAdvisor.ts';
import { noUsage, work } from '../../../src/core/call.ts';
import type { LookBack } from '../../../src/core/lookBack.ts';
import type { SwitchVerdict } from '../../../src/core/switchVerdict.ts';
import { adviceMarkdown, suggestionText } from '../../../src/ui/adviceText.ts';
import { lookBackMarkdown, lookBackSentence } from '../../../src/ui/lookBackText.ts';
import { verdictText } from '../../../src/ui/verdictText.ts';
import { doctorText } from '../../../src/ui/doctorText.ts';
import { problemText } from '../../../src/ui/problemText.ts';
import { planMarkdown, planRisks } from '../../../src/ui/switchText.ts';
import type { SwitchPlan } from '../../../src/switching/switcher.ts';
import { language } from '../language.ts';

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
  { kind: 'internalModelRefused', host: 'models.example.com', status: 400, reason: 'no such model' },
  { kind: 'internalModelRefused', host: 'models.example.com', status: 429 },
  { kind: 'internalModelBrokeOff', host: 'models.example.com', reason: 'it ended in the middle' },
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
    sessionId: 's1',
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
      suggestionText(advice, 'Claude Code', language),
      'Acme | Coder could have answered 2 of your Claude Code calls of the last 14 days for $2.00 instead of $10.00: $8.00 less per day with calls.',
    );
  });

  test('tells the comparison, what was left out and why, and its limits', () => {
    const text = adviceMarkdown(advice, 'Claude Code', language);
    for (const line of [
      '# Would Acme \\| Coder do?',
      '| Editing files | 2 | $10.00 | $2.00 | $8.00 | not told by the logs | – | open: about 59 more calls |',
      '**Not enough to go by yet.**',
      '- 2 more days with calls',
      '| claude\\-opus\\-5\\-5 | 2 | $10.00 | $2.00 | $8.00 |',
      '| The provider searched the web inside the call | 1 | $5.00 |',
      '| No price is known, so there is nothing to compare | 1 | ? |',
      '- A switch moves all calls of the assistant, also those that are left out here.',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n\n${text}`);
    }
  });

  test('says why it would not have been suggested', () => {
    const text = adviceMarkdown(adviseSwitch([call()], request), 'Claude Code', language);
    assert.match(text, /1 calls are compared; 2 is the minimum/);
  });

  test('advises a trial where nobody knows how the internal model does, and says what to expect', () => {
    const days = [1, 2, 3, 4].map(day => call({ atMs: nowMs - day * dayMs, outcome: 0 }));
    const text = adviceMarkdown(adviseSwitch(days, request), 'Claude Code', language);
    assert.match(text, /\*\*Try it for a day\.\*\*/);
    assert.match(
      text,
      /expect \*\*\$4\.00\*\* less per day; in nine cases of ten it will be \$2\.\d\d to \$\d\.\d\d\./,
    );
    assert.match(text, /\| Editing files \| 4 \| \$20\.00 \| \$4\.00 \| \$16\.00 \| 0% of 4 \(0% to 4\d%\) \| – \|/);
  });

  test('every verdict has its words', () => {
    const perDayNanoUsd = { value: nanoUsd(4), low: nanoUsd(3), high: nanoUsd(5) };
    const saving = { basis: 'estimated' as const, perDayNanoUsd, days: 5, correction: 1, learnedFrom: 0 };
    const verdicts: [verdict: SwitchVerdict, words: RegExp][] = [
      [{ kind: 'switchHere' }, /^\*\*Switch\.\*\* .*Acme/],
      [
        { kind: 'switchForKinds', kinds: ['explore', 'answer'], saving },
        /- Reading and searching code\n.*\$4\.00.*\$3\.00 to \$5\.00/s,
      ],
      [{ kind: 'trial', days: 1 }, /for a day/],
      [{ kind: 'notWorthIt', because: 'savingTooSmall' }, /too little/],
      [{ kind: 'notWorthIt', because: 'quality' }, /Acme went wrong more often/],
      [{ kind: 'notEnough', missing: { calls: 7, days: 2 } }, /- 7 more calls .*- 2 more days/s],
      [
        { kind: 'notEnough', missing: { cases: [{ work: 'edit', internal: 30, external: 0 }] } },
        /- Editing files: about 30 more calls of Acme$/,
      ],
      [{ kind: 'notEnough', missing: { isUntold: true } }, /do not tell/],
      [{ kind: 'nothingToAdvise', because: 'alreadySwitched' }, /^$/],
    ];
    for (const [verdict, words] of verdicts) assert.match(verdictText(verdict, 'Acme', language).join('\n'), words);
  });

  test('explains itself without an internal model and without calls', () => {
    const text = adviceMarkdown(adviseSwitch([], { ...request, internalModel: undefined }), 'Claude Code', language);
    assert.match(text, /No internal model is described/);
    assert.doesNotMatch(text, /NaN|undefined/);
  });
});

suite('the look back at a switch', () => {
  const usd = (value: number, low = value, high = value) => ({
    value: nanoUsd(value),
    low: nanoUsd(low),
    high: nanoUsd(high),
  });
  const lookBack: LookBack = {
    request: {
      switchId: 's1',
      assistant: 'claude-code',
      project: '/code/shop',
      sinceMs: nowMs - 2 * dayMs,
      untilMs: nowMs,
      isUndone: false,
      internalModel: { model: 'coder', displayName: 'Acme', input: 1, output: 1 },
    },
    realised: {
      basis: 'realised',
      costNanoUsd: nanoUsd(2),
      externalNanoUsd: usd(10, 9, 12),
      savedNanoUsd: usd(8, 7, 10),
      perDayNanoUsd: usd(4, 3.5, 5),
      calls: 20,
      days: 2,
    },
    forecast: { basis: 'estimated', perDayNanoUsd: usd(5, 3, 8), days: 9, correction: 1, learnedFrom: 0 },
    byWork: [{ work: 'edit', calls: 20, costNanoUsd: nanoUsd(2), externalNanoUsd: nanoUsd(10), quality: undefined }],
    notCompared: 3,
    troubles: [
      { kind: 'otherModel', model: 'claude-opus-5-5', calls: 2, atMs: nowMs },
      { kind: 'endpointFailing', calls: 1, atMs: nowMs },
    ],
    isSummary: false,
    cameOut: undefined,
  };

  test('says in one sentence what it saved, or that it did not', () => {
    assert.equal(
      lookBackSentence(lookBack, language),
      'Acme has answered 20 calls on 2 days and saved $8.00 ($7.00 to $10.00).',
    );
    const { realised } = lookBack;
    assert.ok(realised);
    assert.match(
      lookBackSentence({ ...lookBack, realised: { ...realised, savedNanoUsd: usd(-3) } }, language) ?? '',
      /saved nothing: it cost \$3\.00 more/,
    );
    assert.equal(lookBackSentence({ ...lookBack, realised: undefined }, language), undefined);
  });

  test('tells what was saved apart from what was expected, and what is wrong', () => {
    const text = lookBackMarkdown(lookBack, language);
    for (const line of [
      '/code/shop: 20 calls on 2 days cost $2.00; before, they would have cost $10.00 ($9.00 to $12.00). **Saved: $8.00** ($7.00 to $10.00).',
      'When it was switched, $5.00 less per day with calls was expected ($3.00 to $8.00).',
      '- 2 calls since were answered by claude\\-opus\\-5\\-5, not by Acme.',
      '- The endpoint of Acme refused requests at the last 1 calls.',
      '| Editing files | 20 | $2.00 | $10.00 | $8.00 | – | – | – |',
      '3 calls could not be compared: they have no price, or nothing was used before.',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n\n${text}`);
    }
    assert.match(lookBackMarkdown({ ...lookBack, realised: undefined, byWork: [] }, language), /no call yet/);
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
        variables: [
          { name: 'CODEX_HOME', isSet: true },
          { name: 'CODEX_SQLITE_HOME', isSet: false },
        ],
        files: ['/code/shop/codex.jsonl'],
        filesLookedFor: 3,
        logs: 2,
        sizeBytes: 2_000_000,
        readLogs: 1,
        unreadLogs: [
          { path: '/home/ada/.codex/sessions/b.jsonl', reason: 'hasGrown' },
          { path: '/home/ada/.codex/sessions/c.jsonl', reason: 'unreadable' },
        ],
        calls: 7,
        unknownKinds: [{ kind: 'brand_new', count: 1, path: '/home/ada/.codex/sessions/a.jsonl', offset: 900 }],
        kinds: [
          { kind: 'event_msg', count: 1200 },
          { kind: 'brand_new', count: 1 },
        ],
        versions: ['0.169.0'],
        problems: [
          { path: '/home/ada/.codex/sessions/a.jsonl', offset: 17, kind: 'malformed' },
          { path: '/srv/codex', offset: 0, kind: 'unreadable', reason: 'EACCES' },
        ],
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
      '  moved by CODEX_HOME (set), CODEX_SQLITE_HOME',
      '  log  /code/shop/codex.jsonl  [found]',
      '  1 of 3 places that may have a single log',
      '  2 logs, 2 MB, 1 read to their end',
      '  7 calls in the ledger',
      '  written by version 0.169.0',
      '  records in the newest logs: event_msg 1,200, brand_new 1',
      '  records that this version of the meter does not know, and where the first of them is:',
      '    brand_new 1  /home/ada/.codex/sessions/a.jsonl  byte 900',
      '  2 logs are not read to their end:',
      '    /home/ada/.codex/sessions/b.jsonl  has changed since',
      '    /home/ada/.codex/sessions/c.jsonl  unreadable',
      '  2 places could not be read as expected:',
      '    /home/ada/.codex/sessions/a.jsonl  byte 17  malformed',
      '    /srv/codex  byte 0  unreadable (EACCES)',
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
