import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import type { LookBack } from '../../../src/core/lookBack.ts';
import { nanoUsd } from '../../../src/core/money.ts';
import {
  buildSwitches,
  maxEnded,
  type PanelSwitch,
  type SwitchesFacts,
  type SwitchesView,
  type SwitchLookBack,
} from '../../../src/core/panelSwitches.ts';
import {
  expectedText,
  healthText,
  measuredPerDayText,
  measuredText,
  qualityText,
  scopeText,
  switchesSummary,
  timeText,
  troubleTexts,
  undoText,
  workSavingText,
} from '../../../src/core/panelSwitchText.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { Quality } from '../../../src/core/quality.ts';
import type { SwitchHealth } from '../../../src/core/switchHealth.ts';
import { lookBackRequestFor, type SwitchRecord } from '../../../src/core/switchRecord.ts';
import { panelHead } from '../panelContext.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 22, 12);
const english = { locale: 'en-US', timeZone: 'UTC' };
const head = { ...panelHead({ tab: 'switches' }, { nowMs, calendar: calendarOf('UTC') }), switches: 1 };
const model = { model: 'acme-coder-1', displayName: 'Acme Coder', input: 0.3, output: 1.2 };

const waiting: SwitchHealth = {
  internalCalls: 0,
  firstInternalAtMs: undefined,
  trouble: undefined,
};

function applied(over: Partial<PanelSwitch> = {}): PanelSwitch {
  return {
    id: 'claude-code:shop',
    assistant: 'claude-code',
    project: '/home/dev/shop',
    model: model.model,
    displayName: model.displayName,
    path: '/home/dev/shop/.claude/settings.local.json',
    sinceMs: nowMs - dayMs,
    isIntact: true,
    ...over,
  };
}

function remembered(over: Partial<SwitchRecord> = {}): SwitchRecord {
  const { id, assistant, project = null, sinceMs } = applied();
  return { id, assistant, project, internalModel: model, appliedAtMs: sinceMs, ...over };
}

function quality(cases: number, failures: number): Quality {
  const rate = failures / cases;
  return {
    cases,
    sessions: 3,
    untold: 0,
    failures,
    bySignal: { toolFailed: failures, interrupted: 0, rejected: 0, requestFailed: 0, corrected: 0, cutOff: 0 },
    rate: { value: rate, low: rate / 2, high: rate * 2 },
  };
}

function lookBackOn(record: SwitchRecord): LookBack {
  return {
    request: lookBackRequestFor(record, { nowMs, timeZone: 'UTC' }),
    realised: {
      basis: 'realised',
      costNanoUsd: nanoUsd(2),
      externalNanoUsd: { value: nanoUsd(12), low: nanoUsd(10), high: nanoUsd(14) },
      savedNanoUsd: { value: nanoUsd(10), low: nanoUsd(8), high: nanoUsd(12) },
      perDayNanoUsd: { value: nanoUsd(5), low: nanoUsd(4), high: nanoUsd(6) },
      calls: 40,
      days: 2,
    },
    forecast: {
      basis: 'estimated',
      perDayNanoUsd: { value: nanoUsd(7), low: nanoUsd(3), high: nanoUsd(11) },
      days: 9,
      correction: 1,
      learnedFrom: 0,
    },
    byWork: [
      {
        work: 'edit',
        calls: 40,
        costNanoUsd: nanoUsd(2),
        externalNanoUsd: nanoUsd(12),
        quality: {
          work: 'edit',
          internal: quality(40, 2),
          external: quality(100, 4),
          difference: { value: 0.01, low: -0.05, high: 0.07 },
          verdict: 'holds',
          missing: undefined,
        },
      },
    ],
    notCompared: 1,
    troubles: [],
    isSummary: false,
    cameOut: undefined,
  };
}

function build(over: Partial<SwitchesFacts> = {}): SwitchesView {
  return buildSwitches({
    head,
    switches: [applied()],
    records: [remembered()],
    nameOf: () => 'Claude Code',
    healthOf: () => waiting,
    lookBack: lookBackOn,
    hasInternalModel: true,
    ...over,
  });
}

function onlyLookBack(): SwitchLookBack {
  const lookBack = build().inEffect[0]?.lookBack;
  assert.ok(lookBack);
  return lookBack;
}

suite('switches in the panel', () => {
  test('a switch in effect has what is remembered of it, and of it only', () => {
    const before = remembered({ appliedAtMs: nowMs - 5 * dayMs, endedAtMs: nowMs - 2 * dayMs });
    const view = build({ records: [before, remembered({ isTrial: true })] });
    assert.deepEqual(
      view.inEffect.map(({ id, where, isTrial, lookBack }) => [id, where?.label, isTrial, lookBack?.measured?.calls]),
      [['claude-code:shop', 'shop', true, 40]],
    );
    assert.deepEqual(
      view.ended.map(({ sinceMs, state }) => [sinceMs, state]),
      [[before.appliedAtMs, { kind: 'ended', atMs: before.endedAtMs }]],
    );
  });

  test('one that nothing is remembered of is shown without a look back', () => {
    const view = build({ records: [remembered({ appliedAtMs: nowMs })] });
    assert.equal(view.inEffect[0]?.lookBack, undefined);
    assert.deepEqual(view.ended, []);
  });

  test('one that the user made by hand is in effect until it is said to be over', () => {
    const byHand = remembered({ id: 'cline-guided', assistant: 'cline', project: null, isGuided: true });
    const health: SwitchHealth = { ...waiting, internalCalls: 3, firstInternalAtMs: nowMs };
    const asked: unknown[] = [];
    const healthOf: SwitchesFacts['healthOf'] = request => {
      asked.push(request);
      return health;
    };
    const view = build({ switches: [], records: [byHand], healthOf });
    const [row] = view.inEffect;
    assert.ok(row);
    assert.deepEqual([row.id, row.where, row.state], ['cline-guided', undefined, { kind: 'guided', health }]);
    assert.equal(row.lookBack?.measured?.calls, 40);
    assert.match(undoText(row) ?? '', /only you can take it back/);
    assert.deepEqual(asked, [
      { assistant: 'cline', project: undefined, sinceMs: byHand.appliedAtMs, model: 'acme-coder-1' },
    ]);
    const over = build({ switches: [], records: [{ ...byHand, endedAtMs: nowMs }], healthOf });
    assert.deepEqual([over.inEffect.length, over.ended.length], [0, 1]);
  });

  test('the latest come first; of those that are over only some are looked back at', () => {
    const records = Array.from({ length: maxEnded + 3 }, (_, index) =>
      remembered({ id: `s${index}`, appliedAtMs: nowMs - (index + 2) * dayMs, endedAtMs: nowMs - dayMs }),
    );
    const asked: string[] = [];
    const view = build({
      switches: [applied({ id: 'a', sinceMs: 1 }), applied({ id: 'b', sinceMs: 2 })],
      records: records.toReversed(),
      lookBack: record => {
        asked.push(record.id);
        return lookBackOn(record);
      },
    });
    assert.deepEqual(
      view.inEffect.map(({ id }) => id),
      ['b', 'a'],
    );
    assert.deepEqual(
      view.ended.map(({ id }) => id),
      records.slice(0, maxEnded).map(({ id }) => id),
    );
    assert.deepEqual([view.earlier, asked.length], [3, maxEnded]);
    assert.equal(switchesSummary(view, english), '2 switches in effect, 9 switches over.');
    assert.equal(switchesSummary(build({ switches: [], records: [] }), english), 'Nothing is switched.');
  });
});

suite('switch texts', () => {
  test('what was expected and what was measured are two amounts, each with its interval', () => {
    const lookBack = onlyLookBack();
    assert.equal(
      expectedText(lookBack, english),
      '$7.00 less a day with calls ($3.00 to $11.00), going by 9 days before it',
    );
    assert.equal(measuredText(lookBack, english), 'So far $10.00 saved with 40 calls on 2 days ($8.00 to $12.00)');
    assert.equal(measuredPerDayText(lookBack, english), '$5.00 less a day with calls ($4.00 to $6.00)');
    assert.ok(!JSON.stringify([expectedText, measuredText].map(text => text(lookBack, english))).includes('$17'));
  });

  test('a loss is more spent, not a negative saving', () => {
    const { measured, ...lookBack } = onlyLookBack();
    assert.ok(measured);
    const savedNanoUsd = { value: -nanoUsd(3), low: -nanoUsd(5), high: -nanoUsd(1) };
    const lost = { ...lookBack, isSummary: true, measured: { ...measured, savedNanoUsd, perDayNanoUsd: savedNanoUsd } };
    assert.equal(measuredText(lost, english), '$3.00 more spent with 40 calls on 2 days ($1.00 to $5.00)');
    assert.equal(measuredPerDayText(lost, english), '$3.00 more a day with calls ($1.00 to $5.00)');
  });

  test('what is not known is said to be', () => {
    const nothing = { ...onlyLookBack(), expected: undefined, measured: undefined };
    assert.equal(expectedText(nothing, english), 'There was too little to go by');
    assert.equal(measuredText(nothing, english), 'No call yet that can be compared with what was used before');
    assert.equal(measuredPerDayText(nothing, english), undefined);
    assert.equal(qualityText({ cases: 0, rate: undefined }, english), 'not known');
  });

  test('quality before and since has its cases and an interval', () => {
    const [row] = onlyLookBack().byWork;
    assert.ok(row);
    assert.equal(qualityText(row.before, english), '4.0% (2.0% to 8.0%) of 100');
    assert.equal(qualityText(row.since, english), '5.0% (2.5% to 10%) of 40');
    assert.equal(workSavingText(row, english), '$10.00 less');
    assert.equal(workSavingText({ ...row, externalNanoUsd: nanoUsd(1) }, english), '$1.00 dearer');
    assert.equal(row.verdict, 'holds');
    const tiny = { cases: 3, rate: { value: 0, low: 1e-12, high: 0.2 } };
    assert.equal(qualityText(tiny, english), '0% (0% to 20%) of 3');
  });

  test('the calls since tell whether a switch works', () => {
    const cases: [health: Partial<SwitchHealth>, text: string, isGood: boolean | undefined][] = [
      [{}, 'Waiting for its first call', undefined],
      [{ internalCalls: 3, firstInternalAtMs: nowMs }, 'Acme Coder answers, since Nov 22, 12:00 PM', true],
      [
        { trouble: { kind: 'otherModel', model: 'claude-opus-5-5', atMs: nowMs } },
        'claude-opus-5-5 answered Nov 22, 12:00 PM, not Acme Coder',
        false,
      ],
      [
        { internalCalls: 1, firstInternalAtMs: 1, trouble: { kind: 'fallback', model: undefined, atMs: nowMs } },
        'An unknown model answered Nov 22, 12:00 PM, although Acme Coder had answered before',
        false,
      ],
      [
        { trouble: { kind: 'failing', because: 'auth', atMs: nowMs } },
        'The endpoint of Acme Coder refused a request Nov 22, 12:00 PM: it did not accept the key',
        false,
      ],
    ];
    for (const [health, text, isGood] of cases) {
      const [row] = build({ healthOf: () => ({ ...waiting, ...health }) }).inEffect;
      assert.ok(row);
      assert.deepEqual(healthText(row, english), { text, isGood });
    }
  });

  test('where and when it holds or held, and what undo does', () => {
    const ended = remembered({ project: null, appliedAtMs: nowMs - 2 * dayMs, endedAtMs: nowMs });
    const view = build({ switches: [applied({ isIntact: false })], records: [ended] });
    const [now, over] = [view.inEffect[0], view.ended[0]];
    assert.ok(now && over);
    assert.deepEqual([scopeText(now), scopeText(over)], ['in shop', 'everywhere']);
    assert.equal(timeText(now, english), 'since Nov 21, 12:00 PM');
    assert.equal(timeText(over, english), 'Nov 20, 12:00 PM to Nov 22, 12:00 PM');
    assert.deepEqual(
      [undoText(now), undoText(over)],
      ['The file was changed since: undo shows the difference first', undefined],
    );
    assert.equal(healthText(over, english), undefined);
  });

  test('what was wrong is said once', () => {
    const troubles: LookBack['troubles'] = [
      { kind: 'otherModel', model: undefined, calls: 1, atMs: nowMs },
      { kind: 'endpointFailing', calls: 3, atMs: nowMs },
    ];
    const textsWith = (health: SwitchHealth): readonly string[] => {
      const lookBack: SwitchesFacts['lookBack'] = record => ({ ...lookBackOn(record), troubles });
      const [row] = build({ healthOf: () => health, lookBack }).inEffect;
      assert.ok(row);
      return troubleTexts(row, english);
    };
    assert.deepEqual(textsWith(waiting), [
      '1 call since was answered by an unknown model, not by Acme Coder; the latest Nov 22, 12:00 PM.',
      'The endpoint of Acme Coder refused requests at the last 3 calls, until Nov 22, 12:00 PM.',
    ]);
    assert.deepEqual(textsWith({ ...waiting, trouble: { kind: 'failing', because: 'auth', atMs: nowMs } }), []);
  });
});
