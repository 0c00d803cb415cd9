import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import type { OwnCommit } from '../../../src/core/gitOutcome.ts';
import { day, GeneratedRepository, lines } from './generatedRepository.ts';

let repository: GeneratedRepository;
setup(() => (repository = new GeneratedRepository()));
teardown(() => repository.dispose());

const ms = (iso: string): number => Date.parse(iso);
const other = 'Ada <ada@example.com>';

/** What matters of a commit, in a line: how it came into the default branch, with what. */
function factOf({ subject, landing }: OwnCommit): string {
  if (!landing) return `${subject}: not merged`;
  const { kind, branch, isReverted } = landing;
  const number = branch?.pullRequest === undefined ? '' : ` #${String(branch.pullRequest)}`;
  return `${subject}: ${kind}${branch ? `${number} ${branch.name}` : ''}${isReverted ? ', reverted' : ''}`;
}

async function facts(): Promise<readonly string[]> {
  return (await repository.history()).history.commits.map(factOf);
}

suite('git history', () => {
  test('commits on the default branch, of the developer and of nobody else, oldest first', async () => {
    repository.commit(day(0), 'first', { files: { 'a.ts': lines('a', 3) } });
    repository.commit(day(1), 'hers', { files: { 'b.ts': lines('b', 3) }, by: other });
    const hash = repository.commit(day(2), 'second', { files: { 'c.ts': lines('c', 3) } });
    const { history } = await repository.history();
    assert.deepEqual(history.commits.map(factOf), ['first: direct', 'second: direct']);
    assert.deepEqual(history.commits[1], {
      hash,
      subject: 'second',
      atMs: ms(day(2)),
      worktree: undefined,
      landing: { kind: 'direct', hash, atMs: ms(day(2)), branch: undefined, isReverted: false },
      isRevert: false,
    });
    assert.deepEqual([history.root, history.defaultBranch, history.isShallow], [repository.root, 'main', false]);
  });

  test('other addresses of the developer are told by .mailmap, in either direction', async () => {
    repository.commit(day(0), 'at home', { files: { a: '1\n' }, by: 'Dev <dev@home.example>' });
    repository.commit(day(1), 'at work', { files: { a: '2\n' } });
    repository.commit(day(2), 'hers', { files: { a: '3\n' }, by: other });
    assert.deepEqual(await facts(), ['at work: direct']);
    repository.write({
      '.mailmap': 'Dev <dev@canonical.example> <dev@home.example>\nDev <dev@canonical.example> <DEV@example.com>\n',
    });
    assert.deepEqual(await facts(), ['at home: direct', 'at work: direct']);
  });

  test('a merged branch and a merged pull request keep their commits together', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'cart');
    repository.commit(day(1), 'cart 1', { files: { cart: '1\n' } });
    repository.commit(day(2), 'hers', { files: { hers: '1\n' }, by: other });
    repository.commit(day(3), 'cart 2', { files: { cart: '2\n' } });
    repository.git('checkout', '-q', 'main');
    repository.merge(day(4), 'cart', "Merge branch 'cart'");
    repository.git('checkout', '-q', '-b', 'pay/cards');
    repository.commit(day(5), 'cards', { files: { cards: '1\n' } });
    repository.git('checkout', '-q', 'main');
    repository.merge(day(6), 'pay/cards', 'Merge pull request #12 from acme/pay/cards', 'Pay by card');
    repository.git('branch', '-q', '-D', 'cart', 'pay/cards');
    assert.deepEqual(await facts(), [
      'first: direct',
      'cart 1: merge cart',
      'cart 2: merge cart',
      'cards: merge #12 pay/cards',
    ]);
    const { history } = await repository.history();
    const [, one, two] = history.commits.map(({ landing }) => landing?.branch);
    assert.equal(one?.id, two?.id);
    assert.equal(one?.mergedAtMs, ms(day(4)));
  });

  test('a branch that was put there as one commit: its commits count, and the one that repeats them does not', async () => {
    repository.commit(day(0), 'first', { files: { a: lines('a', 9) } });
    repository.git('checkout', '-q', '-b', 'search');
    repository.commit(day(1), 'search 1', { files: { search: lines('s', 5) } });
    repository.commit(day(2), 'search 2', { files: { search: lines('s', 9), a: lines('a', 8) } });
    repository.git('checkout', '-q', 'main');
    repository.commit(day(3), 'hers', { files: { b: 'b\n' }, by: other });
    repository.git('merge', '-q', '--squash', 'search');
    const hash = repository.commit(day(4), 'Search (#7)', { body: '* search 1\n* search 2' });
    assert.deepEqual(await facts(), ['first: direct', 'search 1: squash #7 search', 'search 2: squash #7 search']);
    const { history } = await repository.history();
    assert.deepEqual([history.commits[2]?.landing?.hash, history.commits[2]?.landing?.atMs], [hash, ms(day(4))]);
  });

  test('of a squashed branch that is gone, the commit that is left is the work', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.commit(day(4), 'Search (#7)', { files: { search: '1\n' } });
    assert.deepEqual(await facts(), ['first: direct', 'Search (#7): direct #7 Search']);
  });

  test('a branch that was rebased onto the default branch counts once, at the time of the work', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'tax');
    repository.commit(day(1), 'tax 1', { files: { tax: lines('t', 3) } });
    repository.commit(day(2), 'tax 2', { files: { tax: lines('t', 6) } });
    repository.git('checkout', '-q', 'main');
    repository.commit(day(3), 'hers', { files: { b: 'b\n' }, by: other });
    // What a rebase and merge on a server does, the branch being left as it was.
    repository.gitAt(day(4), 'cherry-pick', 'tax~1', 'tax');
    assert.deepEqual(await facts(), ['first: direct', 'tax 1: copy tax', 'tax 2: copy tax']);
    const { history } = await repository.history();
    assert.deepEqual([history.commits[1]?.atMs, history.commits[1]?.landing?.atMs], [ms(day(1)), ms(day(4))]);
  });

  test('a copy under another subject and time is known by its patch', async () => {
    repository.commit(day(0), 'first', { files: { a: lines('a', 20) } });
    repository.git('checkout', '-q', '-b', 'fix');
    repository.commit(day(1), 'fix it', { files: { a: lines('a', 20).replace('a7 =', 'seven =') } });
    repository.git('checkout', '-q', 'main');
    repository.commit(day(2), 'on top', { files: { a: `// title\n${lines('a', 20)}` }, by: other });
    repository.git('cherry-pick', '--no-commit', 'fix');
    repository.commit(day(3), 'Fix the sum (#9)');
    assert.deepEqual(await facts(), ['first: direct', 'fix it: copy #9 fix']);
  });

  test('a branch that is not merged, and one that was rebased elsewhere, are told once and as not merged', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'old');
    repository.commit(day(1), 'idea', { files: { idea: lines('i', 4) } });
    repository.git('checkout', '-q', 'main');
    repository.commit(day(2), 'next', { files: { b: 'b\n' } });
    repository.git('checkout', '-q', '-b', 'new');
    repository.gitAt(day(3), 'cherry-pick', 'old');
    assert.deepEqual(await facts(), ['first: direct', 'idea: not merged', 'next: direct']);
  });

  test('what is taken back is told, with all that came by the same merge; taking that back makes it good', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    const bad = repository.commit(day(1), 'bad', { files: { bad: 'b\n' } });
    repository.gitAt(day(2), 'revert', '--no-edit', bad);
    repository.git('checkout', '-q', '-b', 'feature');
    repository.commit(day(3), 'feature', { files: { f: 'f\n' } });
    repository.git('checkout', '-q', 'main');
    repository.merge(day(4), 'feature', 'Merge pull request #3 from acme/feature');
    repository.gitAt(day(5), 'revert', '--no-edit', '-m', '1', 'HEAD');
    assert.deepEqual(await facts(), [
      'first: direct',
      'bad: direct, reverted',
      'Revert "bad": direct',
      'feature: merge #3 feature, reverted',
      'Revert "Merge pull request #3 from acme/feature": direct',
    ]);
    repository.gitAt(day(6), 'revert', '--no-edit', 'HEAD');
    const again = await facts();
    assert.equal(again[3], 'feature: merge #3 feature');
    assert.equal(again[4], 'Revert "Merge pull request #3 from acme/feature": direct, reverted');
  });

  test('a pull request that is taken back by its number', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.commit(day(1), 'Add search (#5)', { files: { s: 's\n' } });
    repository.commit(day(2), 'Revert "Add search" (#6)', { files: { s: undefined }, body: 'Reverts acme/shop#5' });
    assert.equal((await facts())[1], 'Add search (#5): direct #5 Add search, reverted');
  });

  test('what is not pushed yet is in the default branch too', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.git('clone', '-q', repository.root, `${repository.folder}/clone`);
    repository.commit(day(1), 'elsewhere', { files: { b: 'b\n' } });
    const clone = `${repository.folder}/clone`;
    repository.commit(day(2), 'here', { files: { c: 'c\n' }, worktree: clone });
    const { history } = await repository.history(undefined, clone);
    assert.deepEqual(history.commits.map(factOf), ['first: direct', 'here: direct']);
    assert.equal(history.defaultBranch, 'main');
  });

  test('the working tree that a commit was made in is known, and all of them share one history', async () => {
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    const tree = `${repository.folder}/shop-cart`;
    repository.git('worktree', 'add', '-q', '-b', 'cart', tree);
    repository.commit(day(1), 'in the tree', { files: { cart: '1\n' }, worktree: tree });
    repository.commit(day(2), 'in the root', { files: { b: 'b\n' } });
    for (const root of [repository.root, tree]) {
      const { history } = await repository.history(undefined, root);
      assert.deepEqual(history.worktrees, [repository.root, tree]);
      assert.deepEqual(
        history.commits.map(({ subject, worktree }) => [subject, worktree]),
        [
          ['first', repository.root],
          ['in the tree', tree],
          ['in the root', repository.root],
        ],
      );
    }
  });

  test('what cannot be told is told as such', async () => {
    assert.equal(await repository.read(), 'empty');
    assert.equal(await repository.read(undefined, repository.folder), 'noRepository');
    repository.commit(day(0), 'first', { files: { a: 'a\n' } });
    repository.git('config', 'user.email', '');
    assert.equal(await repository.read(), 'noIdentity');
  });

  test('commits older than what is asked for are left out', async () => {
    repository.commit(day(0), 'old', { files: { a: 'a\n' } });
    repository.commit(day(20), 'new', { files: { a: 'b\n' } });
    const { history } = await repository.history(day(10));
    assert.deepEqual(history.commits.map(factOf), ['new: direct']);
  });
});
