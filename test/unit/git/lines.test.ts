import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { addedLinesIn, fateOfLines } from '../../../src/git/lines.ts';
import { createGit } from '../../../src/git/git.ts';
import { locate, placeOf } from '../../../src/git/repository.ts';
import { day, GeneratedRepository, lines } from './generatedRepository.ts';

let repository: GeneratedRepository;
setup(() => (repository = new GeneratedRepository()));
teardown(() => repository.dispose());

const other = 'Ada <ada@example.com>';

suite('lines that survive', () => {
  test('all of them, while nobody touches their file; blank lines and lock files do not count', async () => {
    repository.commit(day(0), 'work', {
      files: { 'a.ts': `${lines('a', 6)}\n\n  \n`, 'package-lock.json': lines('lock', 500), 'b.png': '\0\0\0' },
    });
    repository.commit(day(3), 'elsewhere', { files: { 'c.ts': lines('c', 3) } });
    assert.deepEqual(await repository.fate('work'), { state: 'known', added: 6, survived: 6 });
  });

  test('only what it added counts, and only what is still there 14 days after', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('base', 5) } });
    repository.commit(day(1), 'work', { files: { 'a.ts': lines('base', 5) + lines('w', 10) } });
    repository.commit(day(5), 'cut', { files: { 'a.ts': lines('base', 5) + lines('w', 7) }, by: other });
    // After the 14 days it does not matter any more.
    repository.commit(day(40), 'rewrite', { files: { 'a.ts': lines('new', 3) } });
    assert.deepEqual(await repository.fate('work'), { state: 'known', added: 10, survived: 7 });
  });

  test('lines that are younger are too early to tell', async () => {
    repository.commit(day(0), 'work', { files: { 'a.ts': lines('a', 4) } });
    assert.deepEqual(await repository.fate('work', day(13)), { state: 'tooEarly', added: 4 });
    assert.deepEqual(await repository.fate('work', day(14)), { state: 'known', added: 4, survived: 4 });
  });

  test('a file that is renamed, with changes, keeps its lines', async () => {
    repository.commit(day(0), 'base', { files: { 'b.ts': 'b\n' } });
    repository.commit(day(1), 'work', { files: { 'src/ä b.ts': lines('a', 20) } });
    repository.commit(day(2), 'move', {
      files: { 'src/ä b.ts': undefined, 'lib/new name.ts': `// moved\n${lines('a', 18)}` },
    });
    repository.commit(day(3), 'on', { files: { 'lib/new name.ts': `// moved\n${lines('a', 17)}` } });
    assert.deepEqual(await repository.fate('work'), { state: 'known', added: 20, survived: 17 });
  });

  test('lines that are moved within a file, or into another one, are not lost', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('base', 30) } });
    repository.commit(day(1), 'work', { files: { 'a.ts': lines('w', 12) + lines('base', 30) } });
    repository.commit(day(2), 'move down', { files: { 'a.ts': lines('base', 30) + lines('w', 12) } });
    repository.commit(day(3), 'split', { files: { 'a.ts': lines('base', 30), 'w.ts': lines('w', 12) } });
    assert.deepEqual(await repository.fate('work'), { state: 'known', added: 12, survived: 12 });
  });

  test('what is taken back is gone, and what a revert puts back is not counted as added', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('base', 5) } });
    const work = repository.commit(day(1), 'work', { files: { 'a.ts': lines('base', 5) + lines('w', 8) } });
    repository.gitAt(day(2), 'revert', '--no-edit', work);
    repository.gitAt(day(3), 'revert', '--no-edit', 'HEAD');
    assert.deepEqual(await repository.fate('work'), { state: 'known', added: 8, survived: 0 });
    assert.equal(await repository.fate('Revert "work"'), undefined);
  });

  test('of a squashed branch, the lines of the commit that it became, from when that was made', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('base', 5) } });
    repository.git('checkout', '-q', '-b', 'search');
    repository.commit(day(1), 'search 1', { files: { 's.ts': lines('s', 10) } });
    repository.commit(day(2), 'search 2', { files: { 's.ts': lines('s', 6), 't.ts': lines('t', 4) } });
    repository.git('checkout', '-q', 'main');
    repository.git('merge', '-q', '--squash', 'search');
    repository.commit(day(10), 'Search (#7)');
    repository.commit(day(20), 'less', { files: { 't.ts': lines('t', 1) } });
    assert.deepEqual(await repository.fate('search 1', day(23)), { state: 'tooEarly', added: 10 });
    assert.deepEqual(await repository.fate('search 2'), { state: 'known', added: 10, survived: 7 });
  });

  test('of a merged branch, from the merge on, with what others did on the default branch meanwhile', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('base', 20) } });
    repository.git('checkout', '-q', '-b', 'cart');
    repository.commit(day(1), 'cart', { files: { 'a.ts': lines('base', 20) + lines('c', 9) } });
    repository.git('checkout', '-q', 'main');
    repository.commit(day(2), 'hers', { files: { 'a.ts': `// hers\n${lines('base', 20)}` }, by: other });
    repository.merge(day(20), 'cart', "Merge branch 'cart'");
    repository.commit(day(30), 'cut', { files: { 'a.ts': `// hers\n${lines('base', 20)}${lines('c', 4)}` } });
    assert.deepEqual(await repository.fate('cart', day(33)), { state: 'tooEarly', added: 9 });
    assert.deepEqual(await repository.fate('cart'), { state: 'known', added: 9, survived: 4 });
  });

  test('where nothing is merged there is nothing to tell', async () => {
    repository.commit(day(0), 'base', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'idea');
    repository.commit(day(1), 'idea', { files: { i: 'i\n' } });
    assert.equal(await repository.fate('idea'), undefined);
    assert.deepEqual(await repository.fate('base'), { state: 'known', added: 1, survived: 1 });
  });

  test('a history that is cut off says so, and tells nothing of the lines where it was', async () => {
    for (const count of [0, 1, 2, 3]) {
      repository.commit(day(count), `work ${String(count)}`, { files: { 'a.ts': lines('a', 5 * (count + 1)) } });
    }
    const clone = `${repository.folder}/shallow`;
    repository.git('clone', '-q', '--depth', '2', `file://${repository.root}`, clone);
    const read = await repository.history(undefined, clone);
    assert.equal(read.history.isShallow, true);
    assert.deepEqual(
      read.history.commits.map(({ subject }) => subject),
      ['work 2', 'work 3'],
    );
    const fates = read.history.commits.map(commit =>
      fateOfLines(repository.reader(), { ...read, root: clone, isShallow: true, commit, nowMs: Date.parse(day(90)) }),
    );
    assert.deepEqual(await Promise.all(fates), [{ state: 'unknown' }, { state: 'known', added: 5, survived: 5 }]);
  });
});

suite('git', () => {
  test('is said to be missing where it is not', async () => {
    const git = createGit({ env: { PATH: repository.folder } });
    assert.equal(await placeOf(git, repository.root), 'noGit');
    assert.deepEqual(await locate(git, repository.root), { state: 'none', problem: 'noGit' });
  });

  test('finds the working tree of a folder, also if the folder is gone by now', async () => {
    repository.commit(day(0), 'base', { files: { 'src/a.ts': 'a\n' } });
    const git = repository.reader();
    for (const folder of [repository.root, `${repository.root}/src`, `${repository.root}/gone/deeper`]) {
      const found = await locate(git, folder);
      assert.deepEqual(found, { state: 'found', worktree: repository.root, gitFolder: `${repository.root}/.git` });
    }
    assert.deepEqual(await locate(git, repository.folder), { state: 'none', problem: 'noRepository' });
    assert.deepEqual(await locate(git, 'relative'), { state: 'none', problem: 'noRepository' });
  });

  test('is not led astray by variables, changes nothing and runs nothing that a repository names', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('a', 3), '.gitattributes': '*.ts diff=own\n' } });
    const trap = `touch ${repository.folder}/trapped; cat`;
    for (const key of ['core.fsmonitor', 'diff.external', 'diff.own.textconv', 'diff.own.command', 'core.pager']) {
      repository.git('config', key, trap);
    }
    repository.git('config', '--global', 'blame.ignoreRevsFile', 'missing');
    repository.commit(day(1), 'more', { files: { 'a.ts': lines('a', 2) } });
    const env = { ...repository.env, GIT_DIR: '/nowhere', GIT_WORK_TREE: '/nowhere', GIT_INDEX_FILE: '/nowhere' };
    assert.equal((await locate(createGit({ env }), repository.root)).state, 'found');
    repository.git('status');
    const { rmSync, existsSync, statSync } = await import('node:fs');
    rmSync(`${repository.folder}/trapped`, { force: true });
    const index = statSync(`${repository.root}/.git/index`).mtimeMs;
    assert.deepEqual(await repository.fate('base'), { state: 'known', added: 4, survived: 3 });
    assert.equal(existsSync(`${repository.folder}/trapped`), false);
    assert.equal(statSync(`${repository.root}/.git/index`).mtimeMs, index);
  });

  test('goes to no network for what a partial clone lacks', async () => {
    repository.commit(day(0), 'base', { files: { 'a.ts': lines('a', 3) } });
    repository.commit(day(1), 'work', { files: { 'a.ts': lines('b', 30) } });
    repository.commit(day(2), 'last', { files: { 'a.ts': lines('c', 3) } });
    repository.git('config', 'uploadpack.allowFilter', 'true');
    const clone = `${repository.folder}/partial`;
    repository.git('clone', '-q', '--filter=blob:none', `file://${repository.root}`, clone);
    const missing = (): string => repository.git('-C', clone, 'rev-list', '--objects', '--all', '--missing=print');
    const before = missing();
    assert.match(before, /^\?/m);
    const read = await repository.history(undefined, clone);
    const commit = read.history.commits.find(({ subject }) => subject === 'work');
    assert.ok(commit);
    const nowMs = Date.parse(day(90));
    const fate = await fateOfLines(repository.reader(), { ...read, root: clone, isShallow: false, commit, nowMs });
    assert.deepEqual(fate, { state: 'unknown' });
    assert.equal(missing(), before);
  });

  test('stops when it is told to', async () => {
    const abort = new AbortController();
    abort.abort();
    const git = createGit({ env: repository.env, signal: abort.signal });
    assert.deepEqual(await git.ask(repository.root, 'status'), { state: 'aborted' });
  });

  test('lines of a patch are told from its headers', () => {
    const patch =
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n--- a/y\n-- b\n+++ b/z\n+\n+++ @@\n@@ -9 +11 @@\n-a\n+b\n';
    assert.deepEqual([...addedLinesIn(patch)], [['x', new Set([1, 3, 11])]]);
  });
});
