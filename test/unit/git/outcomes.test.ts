import assert from 'node:assert/strict';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { noUsage, type Call } from '../../../src/core/call.ts';
import type { PanelFilter, PanelHead, SessionsRequest } from '../../../src/core/panel.ts';
import {
  buildOutcomes,
  unattributedReasons,
  type OutcomeFigures,
  type OutcomeMark,
  type OutcomesView,
  type UnattributedReason,
} from '../../../src/core/panelOutcomes.ts';
import { branchName, commitName, outcomesSummary, reasonNames } from '../../../src/core/panelOutcomesText.ts';
import type { SessionsView } from '../../../src/core/panelSessions.ts';
import { sessionsSummary } from '../../../src/core/panelSessionText.ts';
import { calendarOf } from '../../../src/core/period.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { GitOutcomes, nothingKnown, type OutcomesKnown } from '../../../src/meter/outcomes.ts';
import { survivalFrom } from '../../../src/meter/outcomesQueries.ts';
import { spendFilterOf } from '../../../src/meter/overviewQueries.ts';
import { sessionsView } from '../../../src/meter/sessionQueries.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { panelHead } from '../panelContext.ts';
import { day, GeneratedRepository, lines } from './generatedRepository.ts';

let repository: GeneratedRepository;
let ledger: Ledger;
let calls: Call[];
setup(() => {
  repository = new GeneratedRepository();
  ledger = new Ledger(':memory:');
  calls = [];
});
teardown(() => {
  ledger.close();
  repository.dispose();
});

const ms = (iso: string): number => Date.parse(iso);
const usd = 1_000_000_000;
/** A dollar for each output token; what no price is known of has no model. */
const costOf: CostOf = call =>
  ({
    ...(call.model === undefined
      ? { nanoUsd: undefined, price: undefined, unpricedBecause: 'unknownModel' as const }
      : {
          nanoUsd: call.usage.outputTokens * usd,
          price: {
            id: `of ${call.model}`,
            provider: call.model === 'acme-coder-1' ? 'internal' : 'anthropic',
            model: call.model,
            rates: { input: 0, output: 0 },
            multiplier: 1,
            basis: call.model === 'acme-coder-1' ? 'internal' : 'list',
            notes: [],
          },
        }),
  }) as ReturnType<CostOf>;

function call(at: string, dollars: number, more: Partial<Call> = {}): void {
  calls.push(
    inventedCall({
      key: `k${String(calls.length)}`,
      atMs: ms(at),
      project: repository.root,
      usage: { ...noUsage, outputTokens: dollars },
      offset: calls.length,
      ...more,
    }),
  );
}

interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly now?: string;
  readonly filter?: PanelFilter;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is shown, and the sessions behind a mark, from one and the same reading. */
interface Shown {
  readonly view: OutcomesView;
  readonly sessions: (asked: Omit<SessionsRequest, 'order' | 'page'>) => SessionsView;
}

async function outcomes(asked: Asked = {}): Promise<OutcomesView> {
  return (await shown(asked)).view;
}

async function shown({ from = day(-5), to = day(60), now = day(60), filter = {}, env }: Asked = {}): Promise<Shown> {
  appendCalls(ledger, calls, { prices: { costOf } });
  const git = new GitOutcomes({ ledger, env: env ?? repository.env, now: () => ms(now), onChange: () => undefined });
  const range = { fromMs: ms(from), toMs: ms(to) };
  const known = await git.all({ range, filter });
  git.dispose();
  const head = panelHead(
    { tab: 'outcomes', range: { kind: 'all' }, filter },
    { nowMs: ms(now), calendar: calendarOf('UTC') },
  );
  const days = {
    fromDay: from.slice(0, 10),
    toDay: to.slice(0, 10),
    knownSince: undefined,
    filters: [],
    lastCallMs: undefined,
  };
  const view = buildOutcomes({ head, range: days, ...known });
  assert.equal(view.gitReading, 'done');
  const total = ledger.total(range, spendFilterOf(filter));
  assert.equal(view.total.costNanoUsd, total.costNanoUsd);
  assert.equal(view.total.calls, total.calls);
  for (const field of ['calls', 'tokens', 'costNanoUsd', 'coveredNanoUsd', 'unpricedCalls'] as const) {
    const { attributed, unattributed, reasons } = view;
    assert.equal(attributed.figures[field] + unattributed.figures[field], view.total[field], field);
    assert.equal(
      reasons.reduce((sum, { figures }) => sum + figures[field], 0),
      unattributed.figures[field],
      field,
    );
  }
  const sessions: Shown['sessions'] = asked =>
    sessionsIn(known, head, { between: range, ...asked, order: 'dearest', page: 0 });
  for (const { outcome, name, told } of marksOf(view)) {
    const { figures, rows, outcomeName } = sessions({ outcome });
    assert.equal(outcomeName, name);
    for (const field of outcomeFields) {
      assert.equal(figures[field], told?.[field] ?? 0, `${name} ${field}`);
      assert.equal(
        rows.reduce((sum, row) => sum + row.figures[field], 0),
        figures[field],
        `${name} ${field}`,
      );
    }
  }
  return { view, sessions };
}

interface Mark {
  readonly outcome: OutcomeMark;
  readonly name: string;
  readonly told: OutcomeFigures | undefined;
}

/** Everything in the tab that leads to sessions. */
function marksOf({ attributed, unattributed, reasons, commits, branches, repositories }: OutcomesView): Mark[] {
  const rootOf = (row: { readonly repository: number }): string => repositories[row.repository]?.title ?? '';
  return [
    { outcome: { kind: 'attributed' }, name: 'Calls that belong to your commits', told: attributed.figures },
    { outcome: { kind: 'unattributed' }, name: 'Calls that belong to no commit', told: unattributed.figures },
    ...unattributedReasons.map(reason => ({
      outcome: noCommitFor(reason),
      name: reasonNames[reason],
      told: reasons.find(row => row.reason === reason)?.figures,
    })),
    ...commits.rows.map((row): Mark => ({
      outcome: { kind: 'commit', root: rootOf(row), hash: row.hash },
      name: commitName(row),
      told: row.figures,
    })),
    ...branches.rows.map((row): Mark => ({
      outcome: { kind: 'branch', root: rootOf(row), id: row.id },
      name: branchName(row),
      told: row.figures,
    })),
  ];
}

function noCommitFor(reason: UnattributedReason): OutcomeMark {
  return { kind: 'unattributed', reason };
}

const outcomeFields = [
  'calls',
  'tokens',
  'costNanoUsd',
  'uncoveredNanoUsd',
  'coveredNanoUsd',
  'unpricedCalls',
  'unpricedTokens',
] as const;

function sessionsIn(known: OutcomesKnown, head: PanelHead, asked: SessionsRequest): SessionsView {
  const range = { nowMs: head.nowMs, calendar: calendarOf('UTC'), extent: ledger.extent() };
  return sessionsView(ledger, asked, { head, range, nameOf: name => name, known: () => known });
}

suite('outcomes', () => {
  test('what was spent before a commit belongs to it, and the rest is told with its reason', async () => {
    call(day(0, '09:00:00'), 1);
    call(day(0, '11:00:00'), 2);
    repository.commit(day(0), 'first', { files: { 'a.ts': lines('a', 10) } });
    call(day(1), 4, { project: `${repository.root}/src` });
    repository.commit(day(1, '13:00:00'), 'second', { files: { 'b.ts': lines('b', 10) } });
    repository.commit(day(2), 'by hand', { files: { 'c.ts': lines('c', 10) } });
    call(day(10), 8);
    call(day(59, '23:00:00'), 16);
    call(day(11), 32, { project: repository.folder });
    call(day(12), 64, { project: undefined });
    const view = await outcomes();
    assert.deepEqual(
      view.commits.rows.map(({ subject, figures, lines: fate }) => [subject, figures.costNanoUsd / usd, fate]),
      [
        ['second', 4, { state: 'known', added: 10, survived: 10 }],
        ['first', 3, { state: 'known', added: 10, survived: 10 }],
      ],
    );
    assert.deepEqual(
      view.reasons.map(({ reason, figures }) => [reason, figures.costNanoUsd / usd]),
      [
        ['notYet', 16],
        ['noCommit', 8],
        ['noRepository', 32],
        ['noFolder', 64],
      ],
    );
    assert.equal(view.attributed.share, 7 / 127);
    assert.deepEqual([view.perCommit.count, view.perCommit.uncoveredNanoUsd], [2, 3.5 * usd]);
    assert.deepEqual([view.perLine.count, view.perLine.uncoveredNanoUsd], [20, 0.35 * usd]);
    assert.equal(view.commitsWithoutCalls, 1);
    assert.match(
      outcomesSummary(view, { locale: 'en', timeZone: 'UTC' }),
      /: 5\.5% belongs to 2 commits, 94% to none\.$/,
    );
  });

  test('the sessions whose calls no commit followed have what they spent without one, and no more', async () => {
    call(day(0, '09:00:00'), 1, { sessionId: 'both' });
    repository.commit(day(0), 'first', { files: { 'a.ts': lines('a', 10) } });
    call(day(0, '13:00:00'), 2, { sessionId: 'both' });
    call(day(10), 4, { sessionId: 'lost' });
    call(day(10, '12:01:00'), 8, { sessionId: 'lost', billing: 'covered' });
    call(day(59), 16, { sessionId: 'lost' });
    call(day(10), 32, { sessionId: 'elsewhere', project: repository.folder });
    const { sessions } = await shown();
    const spentIn = (asked: Parameters<typeof sessions>[0]): unknown =>
      sessions(asked).rows.map(({ session, figures: { uncoveredNanoUsd, coveredNanoUsd } }) => [
        session,
        uncoveredNanoUsd / usd,
        coveredNanoUsd / usd,
      ]);
    const all = [
      ['lost', 4, 8],
      ['both', 2, 0],
    ];
    assert.deepEqual(spentIn({ outcome: noCommitFor('noCommit') }), all);
    assert.deepEqual(spentIn({ outcome: noCommitFor('notYet') }), [['lost', 16, 0]]);
    assert.deepEqual(spentIn({ outcome: noCommitFor('noRepository') }), [['elsewhere', 32, 0]]);
    const between = { fromMs: ms(day(10)), toMs: ms(day(10, '12:01:00')) };
    assert.deepEqual(spentIn({ outcome: noCommitFor('noCommit'), between }), [['lost', 4, 0]]);
    // 11 September 2026 is a Friday.
    const weekHour = { weekday: 5, hour: 12 };
    assert.deepEqual(spentIn({ outcome: noCommitFor('noCommit'), weekHour }), [['lost', 4, 8]]);
    const format = { locale: 'en', timeZone: 'UTC' };
    assert.match(
      sessionsSummary(sessions({ outcome: noCommitFor('noCommit'), weekHour }), format),
      /^No commit followed, Friday, 12:00–13:00, .*: 1 session, \$4\.00, and \$8\.00 covered by a plan\.$/,
    );
  });

  test('while the history is read there are no sessions to list, and it is said why', () => {
    const head = panelHead({ tab: 'outcomes' }, { nowMs: ms(day(60)), calendar: calendarOf('UTC') });
    const known = nothingKnown({ range: { fromMs: 0, toMs: 1 }, filter: {} });
    const view = sessionsIn(known, head, { outcome: noCommitFor('noCommit'), order: 'dearest', page: 0 });
    assert.deepEqual([view.isReadingGit, view.sessions], [true, 0]);
    const format = { locale: 'en', timeZone: 'UTC' };
    assert.match(sessionsSummary(view, format), /^No commit followed, .*: Reading the local git history…$/);
  });

  test('a commit and a merged branch lead to the sessions that led to them, by the names that they have', async () => {
    repository.commit(day(-20), 'base', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'cart');
    call(day(1, '11:00:00'), 1, { sessionId: 's1' });
    const first = repository.commit(day(1), 'cart 1', { files: { cart: '1\n' } });
    call(day(2, '11:00:00'), 2, { sessionId: 's1' });
    call(day(2, '11:30:00'), 4, { sessionId: 's2', billing: 'covered' });
    repository.commit(day(2), 'cart 2', { files: { cart: '2\n' } });
    repository.git('checkout', '-q', 'main');
    const merge = repository.merge(day(3), 'cart', 'Merge pull request #12 from acme/cart');
    call(day(30, '11:00:00'), 8, { sessionId: 's1' });
    repository.commit(day(30), 'by itself', { files: { b: 'b\n' } });
    const { sessions } = await shown();
    const callsIn = (outcome: OutcomeMark): unknown =>
      Object.fromEntries(sessions({ outcome }).rows.map(({ session, figures }) => [session, figures.calls]));
    const { root } = repository;
    assert.deepEqual(callsIn({ kind: 'commit', root, hash: first }), { s1: 1 });
    assert.deepEqual(callsIn({ kind: 'branch', root, id: merge }), { s1: 2, s2: 1 });
    assert.deepEqual(callsIn({ kind: 'attributed' }), { s1: 3, s2: 1 });
    assert.deepEqual(callsIn({ kind: 'commit', root: '/home/dev/elsewhere', hash: first }), {});
    const format = { locale: 'en', timeZone: 'UTC' };
    const said = (outcome: OutcomeMark): string => sessionsSummary(sessions({ outcome }), format);
    assert.match(
      said({ kind: 'branch', root, id: merge }),
      /^#12 cart, .*: 2 sessions, \$3\.00, and \$4\.00 covered by a plan\.$/,
    );
    assert.ok(said({ kind: 'commit', root, hash: first }).startsWith(`cart 1 (${first.slice(0, 9)}), `));
    const gone = 'c0ffee'.repeat(7).slice(0, 40);
    assert.match(said({ kind: 'commit', root, hash: gone }), /^Commit c0ffeec0f, .*: no sessions\.$/);
    assert.match(said({ kind: 'branch', root, id: gone }), /^A merged branch, .*: no sessions\.$/);
  });

  test('of a branch that became one commit, its sessions are those of all its commits', async () => {
    repository.commit(day(-20), 'base', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'cart');
    for (const at of [1, 2]) {
      call(day(at, '11:00:00'), at, { sessionId: `s${String(at)}` });
      repository.commit(day(at), `cart ${String(at)}`, { files: { [`cart${String(at)}`]: lines('c', 5) } });
    }
    repository.git('checkout', '-q', 'main');
    repository.git('merge', '-q', '--squash', 'cart');
    repository.commit(day(3), 'Cart (#7)');
    const { view, sessions } = await shown();
    const [branch] = view.branches.rows;
    assert.deepEqual([branch?.id, branch?.commits], ['#7', 2]);
    const { figures, sessions: count } = sessions({ outcome: { kind: 'branch', root: repository.root, id: '#7' } });
    assert.deepEqual([figures.costNanoUsd / usd, count], [3, 2]);
  });

  test('whatever is called when and where, the sessions behind each mark have spent what it says', async () => {
    const tree = `${repository.folder}/shop-cart`;
    repository.commit(day(0), 'base', { files: { a: 'a\n' } });
    repository.git('worktree', 'add', '-q', '-b', 'cart', tree);
    for (const [at, worktree] of [
      [2, repository.root],
      [4, tree],
      [4, repository.root],
      [13, tree],
      [20, repository.root],
    ] as const) {
      repository.commit(day(at), `on ${String(at)}`, { worktree });
    }
    repository.merge(day(21), 'cart', "Merge branch 'cart'");
    let branches = 0;
    const places = [repository.root, `${repository.root}/src`, tree, repository.folder, undefined];
    const aCall = fc.record({
      atMs: fc.integer({ min: ms(day(-4)), max: ms(day(29)) }),
      project: fc.constantFrom(...places),
      sessionId: fc.constantFrom('s1', 's2', 's3'),
      model: fc.constantFrom('claude-opus-5', 'acme-coder-1', undefined),
      billing: fc.constantFrom('covered', 'billed'),
      dollars: fc.nat(99),
    });
    const filter = fc.constantFrom<PanelFilter>({}, { model: 'claude-opus-5' }, { project: tree }, { project: null });
    await fc.assert(
      fc.asyncProperty(fc.array(aCall, { minLength: 20, maxLength: 80 }), filter, async (made, picked) => {
        ledger.close();
        ledger = new Ledger(':memory:');
        calls = [];
        for (const { dollars, atMs, ...more } of made) call(new Date(atMs).toISOString(), dollars, more);
        const { view } = await shown({ from: day(-2), to: day(28), now: day(28), filter: picked });
        branches += view.branches.rows.length;
      }),
      { numRuns: 10 },
    );
    assert.ok(branches > 0);
  }).timeout(60_000);

  test('a merged pull request has what its commits cost, and what is left of their lines', async () => {
    repository.commit(day(-20), 'base', { files: { 'a.ts': lines('a', 5) } });
    repository.git('checkout', '-q', '-b', 'cart');
    call(day(1, '11:00:00'), 3);
    repository.commit(day(1), 'cart 1', { files: { 'cart.ts': lines('c', 8) } });
    call(day(2, '11:00:00'), 5, { billing: 'covered' });
    repository.commit(day(2), 'cart 2', { files: { 'cart.ts': lines('c', 12) } });
    repository.git('checkout', '-q', 'main');
    repository.merge(day(3), 'cart', 'Merge pull request #12 from acme/cart');
    repository.commit(day(4), 'cut', { files: { 'cart.ts': lines('c', 9) } });
    call(day(30), 7, { model: undefined });
    repository.git('checkout', '-q', '-b', 'idea');
    repository.commit(day(30, '12:30:00'), 'idea', { files: { 'idea.ts': lines('i', 9) } });
    const view = await outcomes();
    const [branch] = view.branches.rows;
    assert.deepEqual(
      [branch?.pullRequest, branch?.name, branch?.commits, branch?.isReverted, branch?.mergedAtMs],
      [12, 'cart', 2, false, ms(day(3))],
    );
    assert.deepEqual(branch?.lines, { added: 12, survived: 9, tooEarly: 0, openCommits: 0, unknownCommits: 0 });
    const { perBranch, perLine, perCommit } = view;
    assert.deepEqual([perBranch.count, perBranch.uncoveredNanoUsd, perBranch.coveredNanoUsd], [1, 3 * usd, 5 * usd]);
    assert.deepEqual([perLine.count, perLine.uncoveredNanoUsd], [9, Math.round((3 * usd) / 9)]);
    assert.deepEqual([perCommit.count, perCommit.figures.unpricedCalls], [3, 1]);
    assert.deepEqual(view.commits.rows.find(({ subject }) => subject === 'idea')?.landing, undefined);
  });

  test('calls in a working tree belong to the commits that were made there', async () => {
    repository.commit(day(0), 'base', { files: { a: 'a\n' } });
    const tree = `${repository.folder}/shop-cart`;
    repository.git('worktree', 'add', '-q', '-b', 'cart', tree);
    call(day(1, '10:00:00'), 1);
    call(day(1, '10:00:00'), 2, { project: tree });
    repository.commit(day(1), 'in the tree', { files: { cart: '1\n' }, worktree: tree });
    repository.commit(day(1, '13:00:00'), 'in the root', { files: { b: 'b\n' } });
    const view = await outcomes();
    assert.deepEqual(
      view.commits.rows.map(({ subject, figures }) => [subject, figures.costNanoUsd / usd]),
      [
        ['in the tree', 2],
        ['in the root', 1],
      ],
    );
    assert.equal(view.repositories.length, 1);
  });

  test('lines of the internal model are held against those of others, where both have some', async () => {
    repository.commit(day(-10), 'base', { files: { a: 'a\n' } });
    for (let index = 0; index < 6; index++) {
      call(day(2 * index, '10:00:00'), 1);
      repository.commit(day(2 * index), `external ${String(index)}`, {
        files: { [`e${String(index)}`]: lines('e', 20) },
      });
      call(day(2 * index + 1, '10:00:00'), 1, { model: 'acme-coder-1', provider: 'internal' });
      repository.commit(day(2 * index + 1), `internal ${String(index)}`, {
        files: { [`i${String(index)}`]: lines('i', 20) },
      });
    }
    repository.commit(day(12), 'cut', { files: { e0: lines('e', 10), i0: undefined } });
    const { quality } = await outcomes();
    assert.deepEqual(
      [quality?.internal.commits, quality?.internal.survived, quality?.external.survived, quality?.both],
      [6, 100, 110, 0],
    );
    const alone = await outcomes({ filter: { model: 'claude-opus-5' } });
    assert.equal(alone.quality, undefined);

    const now = (): number => ms(day(60));
    const git = new GitOutcomes({ ledger, env: repository.env, now, onChange: () => undefined });
    const asked = { sinceMs: ms(day(-5)), untilMs: ms(day(60)) };
    await git.all({ range: { fromMs: asked.sinceMs, toMs: asked.untilMs }, filter: {} });
    assert.deepEqual(await survivalFrom(git, { ...asked, project: undefined }), quality);
    assert.deepEqual(await survivalFrom(git, { ...asked, project: `${repository.root}/src` }), quality);
    assert.equal(await survivalFrom(git, { ...asked, project: '/home/dev/elsewhere' }), 'nothing');
    git.dispose();
  });

  test('without git everything that has a folder is not read, and says so', async () => {
    call(day(1), 1);
    call(day(1), 2, { project: undefined });
    const view = await outcomes({ env: { PATH: repository.folder } });
    assert.deepEqual(
      view.reasons.map(({ reason, figures }) => [reason, figures.costNanoUsd / usd]),
      [
        ['noFolder', 2],
        ['notRead', 1],
      ],
    );
    assert.deepEqual(
      view.repositories.map(({ problem }) => problem),
      ['noGit'],
    );
  });

  test('an empty repository has no commit that anything could belong to', async () => {
    call(day(1), 1);
    const view = await outcomes();
    assert.deepEqual(
      view.reasons.map(({ reason }) => reason),
      ['noCommit'],
    );
    assert.deepEqual(
      view.repositories.map(({ problem }) => problem),
      ['empty'],
    );
  });

  test('no calls, no numbers', async () => {
    const view = await outcomes();
    assert.deepEqual(
      [view.total.calls, view.attributed.share, view.perCommit.uncoveredNanoUsd],
      [0, undefined, undefined],
    );
  });
});
