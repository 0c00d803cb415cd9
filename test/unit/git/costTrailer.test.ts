import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { commitCost, costText } from '../../../src/cli/commitCost.ts';
import { UserError } from '../../../src/core/errors.ts';
import { noUsage, type Call } from '../../../src/core/call.ts';
import {
  commitCostCommand,
  commitCostScript,
  commitCostScriptPath,
  keepCommitCostScript,
} from '../../../src/git/commitCostScript.ts';
import { commitHookOf } from '../../../src/git/hooks.ts';
import type { CostOf } from '../../../src/ledger/callRows.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { createCommitHook, type CommitHook } from '../../../src/switching/commitHook.ts';
import { appendCalls } from '../appendCalls.ts';
import { inventedCall } from '../inventedCall.ts';
import { day, GeneratedRepository } from './generatedRepository.ts';

let repository: GeneratedRepository;
let dataFolder: string;
let path: string;
let hook: CommitHook;
setup(() => {
  repository = new GeneratedRepository();
  // Its path has what shells do not like.
  dataFolder = join(repository.folder, "o'hara & co $HOME");
  path = join(repository.root, '.git', 'hooks', 'commit-msg');
  rmSync(dirname(path), { recursive: true });
  hook = createCommitHook({ path, command: commitCostCommand(dataFolder), platform: process.platform });
});
teardown(() => repository.dispose());

/** A command line that answers with a text, after a while. */
function answering(text: string, { seconds = 0, waitSeconds = 60 } = {}): void {
  mkdirSync(dataFolder, { recursive: true });
  const cli = join(dataFolder, 'cli.js');
  const asked = `require('node:fs').writeFileSync(${JSON.stringify(join(repository.folder, 'asked'))}, process.argv.slice(2).join(' ') + ' ' + process.env.AI_SPEND_METER_HOME)`;
  writeFileSync(
    cli,
    `${asked};\nsetTimeout(() => process.stdout.write(${JSON.stringify(text)}), ${String(seconds * 1000)});\n`,
  );
  writeFileSync(
    commitCostScriptPath(dataFolder),
    commitCostScript(dataFolder, { node: process.execPath, cli, waitSeconds }),
  );
}

function existing(text: string, mode = 0o755): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const messageOf = (revision = 'HEAD'): string => repository.git('log', '-1', '--format=%B', revision);

suite('the cost in commit messages', () => {
  test('a commit gets the line, and the command line was asked for it', async () => {
    answering('$1.23');
    await hook.install();
    repository.commit(day(0), 'work', { files: { a: 'a\n' } });
    assert.equal(messageOf(), 'work\n\nAI-Cost: $1.23');
    assert.equal(readFileSync(join(repository.folder, 'asked'), 'utf8'), `commit-cost ${dataFolder}`);
    repository.commit(day(1), 'more', { files: { a: 'b\n' }, body: 'Why.\n\nReviewed-by: Ada <ada@example.com>' });
    assert.equal(messageOf(), 'more\n\nWhy.\n\nReviewed-by: Ada <ada@example.com>\nAI-Cost: $1.23');
  });

  test('it is written once, also if the commit is made again', async () => {
    answering('$1.23');
    await hook.install();
    repository.commit(day(0), 'work', { files: { a: 'a\n' } });
    answering('$9.99');
    repository.git('commit', '--quiet', '--amend', '--no-edit');
    assert.equal(messageOf(), 'work\n\nAI-Cost: $1.23');
  });

  test('a commit is never held up: without an answer, a script, or in time, the message stays as it is', async () => {
    await hook.install();
    repository.commit(day(0), 'no script', { files: { a: 'a\n' } });
    answering('');
    repository.commit(day(1), 'no answer', { files: { a: 'b\n' } });
    writeFileSync(
      commitCostScriptPath(dataFolder),
      commitCostScript(dataFolder, { node: '/nowhere', cli: '/nowhere' }),
    );
    repository.commit(day(2), 'no program', { files: { a: 'c\n' } });
    answering('$1.23', { seconds: 60, waitSeconds: 1 });
    const beforeMs = Date.now();
    repository.commit(day(3), 'too slow', { files: { a: 'd\n' } });
    assert.ok(Date.now() - beforeMs < 20_000);
    const subjects = repository
      .git('log', '--format=%B')
      .split('\n')
      .filter(line => line !== '');
    assert.deepEqual(subjects, ['too slow', 'no program', 'no answer', 'no script']);
  });

  test('an empty message still takes the commit back', async () => {
    answering('$1.23');
    await hook.install();
    repository.write({ a: 'a\n' });
    repository.git('add', '--all');
    const env = { ...repository.env, GIT_EDITOR: 'true' };
    const commit =
      (...args: string[]) =>
      () =>
        execFileSync('git', ['commit', '--quiet', ...args], { cwd: repository.root, env, stdio: 'pipe' });
    assert.throws(commit());
    assert.throws(commit('--verbose'));
  });

  test('merges, picks, rebases and reverts stay as they are', async () => {
    repository.commit(day(0), 'base', { files: { a: 'a\n' } });
    repository.git('checkout', '-q', '-b', 'side');
    repository.commit(day(1), 'side', { files: { b: 'b\n' } });
    repository.git('checkout', '-q', 'main');
    answering('$1.23');
    await hook.install();
    repository.gitAt(day(2), 'revert', '--no-edit', 'HEAD');
    assert.doesNotMatch(messageOf(), /AI-Cost/);
    repository.merge(day(3), 'side', 'Merge side');
    assert.doesNotMatch(messageOf(), /AI-Cost/);
    repository.git('checkout', '-q', 'side');
    repository.gitAt(day(4), 'rebase', '--quiet', '--force-rebase', 'main~1');
    assert.doesNotMatch(messageOf(), /AI-Cost/);
  });

  test('a hook that is there still runs, and still refuses what it refused; undone, it is what it was to the byte', async () => {
    answering('$1.23');
    const refusing = '#!/bin/sh\n# grüße\ngrep -q "^[a-z]" "$1"';
    existing(refusing, 0o750);
    await hook.install();
    assert.ok(await hook.isInstalled());
    repository.commit(day(0), 'work', { files: { a: 'a\n' } });
    assert.equal(messageOf(), 'work\n\nAI-Cost: $1.23');
    assert.throws(() => repository.commit(day(1), 'Work', { files: { a: 'b\n' } }));
    await hook.remove();
    assert.equal(readFileSync(path, 'utf8'), refusing);
    assert.equal(statSync(path).mode & 0o777, 0o750);
  });

  test('undone, whatever was there is there again, to the byte', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map(rest => Buffer.concat([Buffer.from('#!/bin/sh\n#'), rest]));
    await fc.assert(
      fc.asyncProperty(bytes, async before => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, before);
        chmodSync(path, 0o755);
        const { obstacle } = await hook.plan();
        if (obstacle) return;
        await hook.install();
        assert.ok(await hook.isInstalled());
        await hook.install();
        await hook.remove();
        assert.deepEqual(readFileSync(path), before);
      }),
      { numRuns: 40 },
    );
  });

  test('a file, and a folder, that were made for it are gone again', async () => {
    await hook.install();
    assert.equal(statSync(path).mode & 0o777, 0o755);
    await hook.remove();
    assert.equal(existsSync(dirname(path)), false);
    mkdirSync(dirname(path));
    await hook.install();
    await hook.remove();
    assert.deepEqual([existsSync(path), existsSync(dirname(path))], [false, true]);
  });

  test('what somebody added to the hook meanwhile stays', async () => {
    existing('#!/bin/sh\nfirst');
    await hook.install();
    writeFileSync(path, `${readFileSync(path, 'utf8')}later\n`);
    await hook.remove();
    assert.equal(readFileSync(path, 'utf8'), '#!/bin/sh\nfirst\nlater\n');
    rmSync(path);
    await hook.install();
    writeFileSync(path, `${readFileSync(path, 'utf8')}later\n`);
    await hook.remove();
    assert.equal(readFileSync(path, 'utf8'), '#!/bin/sh\nlater\n');
  });

  const obstacles: [text: string, obstacle: string, mode?: number][] = [
    ['#!/usr/bin/env node\nconsole.log()\n', 'notShell'],
    ['echo no first line\n', 'notShell'],
    ['#!/bin/sh\r\necho\r\n', 'notShell'],
    ['#!/bin/bash\ncheck "$1"\nexit 0\n', 'endsEarly'],
    ['#!/usr/bin/env bash\nexec commitlint --edit "$1"\n', 'endsEarly'],
    ['#!/bin/sh\ncat <<EOF\ntext\n', 'endsEarly'],
    ['#!/bin/sh\ncheck \\\n', 'endsEarly'],
    ['#!/bin/sh\ncheck "$1"\n', 'notExecutable', 0o644],
  ];
  for (const [text, obstacle, mode] of obstacles) {
    test(`a hook is left alone if it is like ${JSON.stringify(text)}`, async () => {
      existing(text, mode);
      assert.equal((await hook.plan()).obstacle, obstacle);
      await assert.rejects(hook.install(), UserError);
      assert.equal(readFileSync(path, 'utf8'), text);
    });
  }

  test('where hooks are elsewhere, that is told', async () => {
    const git = repository.reader();
    assert.deepEqual(await commitHookOf(git, repository.root), { worktree: repository.root, path, isOwn: true });
    const tree = join(repository.folder, 'tree');
    repository.commit(day(0), 'base', { files: { a: 'a\n' } });
    repository.git('worktree', 'add', '-q', tree);
    assert.deepEqual(await commitHookOf(git, tree), { worktree: tree, path, isOwn: true });
    repository.git('config', 'core.hooksPath', '.husky');
    const husky = join(repository.root, '.husky', 'commit-msg');
    assert.deepEqual(await commitHookOf(git, repository.root), {
      worktree: repository.root,
      path: husky,
      isOwn: false,
    });
    assert.equal(await commitHookOf(git, repository.folder), 'noRepository');
  });

  test('the script is kept up to date where it is in use, and is not made where it is not', async () => {
    const later = { node: process.execPath, cli: '/later/cli.js' };
    await keepCommitCostScript(dataFolder, later);
    assert.equal(existsSync(dataFolder), false);
    answering('$1.23');
    await keepCommitCostScript(dataFolder, later);
    assert.equal(readFileSync(commitCostScriptPath(dataFolder), 'utf8'), commitCostScript(dataFolder, later));
  });
});

suite('the cost of the next commit', () => {
  const costOf: CostOf = call => ({
    nanoUsd: call.usage.outputTokens * 1e9,
    price: undefined,
    unpricedBecause: 'unknownModel',
  });
  const aCall = (key: string, at: string, dollars: number, project: string): Call =>
    inventedCall({ key, atMs: Date.parse(at), project, usage: { ...noUsage, outputTokens: dollars } });

  test('is that of the calls in this working tree since the commit before', async () => {
    const inner = join(repository.root, 'vendored');
    mkdirSync(inner);
    repository.commit(day(0), 'base', { files: { 'src/a': 'a\n' } });
    const ledger = new Ledger(':memory:');
    const calls = [
      aCall('before', day(0, '11:00:00'), 1, repository.root),
      aCall('here', day(0, '13:00:00'), 2, repository.root),
      aCall('below', day(0, '14:00:00'), 4, join(repository.root, 'src')),
      aCall('elsewhere', day(0, '14:00:00'), 8, repository.folder),
    ];
    appendCalls(ledger, calls, { prices: { costOf } });
    const asked = { ledger, env: repository.env, nowMs: Date.parse(day(0, '15:00:00')) };
    const found = await commitCost({ ...asked, folder: join(repository.root, 'src') });
    // Without a known price, the amount is there and the calls count as unpriced.
    assert.equal(found, '$6.00; 2 calls unpriced');
    assert.equal(await commitCost({ ...asked, folder: repository.folder }), '');
    assert.equal(await commitCost({ ...asked, folder: repository.root, env: { PATH: '/nowhere' } }), '');
    ledger.close();
  });

  test('is a text that sums nothing up that is not paid alike', () => {
    const nothing = { calls: 0, uncoveredNanoUsd: 0, coveredNanoUsd: 0, unpricedCalls: 0 };
    assert.equal(costText(nothing), '');
    assert.equal(costText({ ...nothing, calls: 3, uncoveredNanoUsd: 1_234_000_000 }), '$1.23');
    assert.equal(
      costText({ calls: 3, uncoveredNanoUsd: 5e8, coveredNanoUsd: 4e9, unpricedCalls: 1 }),
      '$0.50; $4.00 covered by a plan; 1 call unpriced',
    );
  });
});
