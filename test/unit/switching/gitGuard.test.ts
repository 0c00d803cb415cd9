import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setup, suite, teardown, test } from 'mocha';
import { gitStandingOf, repositoryRootOf } from '../../../src/switching/gitGuard.ts';

suite('gitGuard', () => {
  let folder: string;
  setup(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'git-guard-')));
  });
  teardown(() => rmSync(folder, { recursive: true }));

  const env = (path: string | undefined): Record<string, string | undefined> => ({
    PATH: path,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DIR: '/nowhere',
  });
  const git = (cwd: string, ...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: folder },
    });
  const write = (path: string, text = '{}'): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const local = 'repo/app/.claude/settings.local.json';
  const line = '/app/.claude/settings.local.json';
  const untracked = `untracked ${line} repo/.git/info/exclude`;

  /** With Git, and without it, where that differs. */
  const cases: [what: string, prepare: () => void, standing: string, without?: string][] = [
    ['in no repository', () => undefined, 'outside'],
    ['in a repository', () => git(join(folder, 'repo'), 'init', '-q'), untracked],
    [
      'ignored by the project',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write('repo/.gitignore', 'settings.local.json\n');
      },
      'ignored',
      untracked,
    ],
    [
      'ignored by the user',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write('.config/git/ignore', '**/.claude/settings.local.json\n');
      },
      'ignored',
      untracked,
    ],
    [
      'ignored by the repository',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write('repo/.git/info/exclude', `# mine\n${line}\n`);
      },
      'ignored',
    ],
    [
      'committed',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write(local);
        git(join(folder, 'repo'), 'add', '-f', '.');
        git(join(folder, 'repo'), 'commit', '-qm', 'x');
      },
      'tracked',
    ],
    [
      'committed although it is ignored',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write(local);
        write('repo/.gitignore', 'settings.local.json\n');
        git(join(folder, 'repo'), 'add', '-f', '.');
      },
      'tracked',
    ],
    [
      'committed, and missing now',
      () => {
        git(join(folder, 'repo'), 'init', '-q');
        write(local);
        git(join(folder, 'repo'), 'add', '.');
        rmSync(join(folder, 'repo/app'), { recursive: true });
      },
      'tracked',
    ],
    [
      'in a worktree',
      () => {
        mkdirSync(join(folder, 'main'));
        git(join(folder, 'main'), 'init', '-q');
        git(join(folder, 'main'), 'commit', '-qm', 'x', '--allow-empty');
        rmSync(join(folder, 'repo'), { recursive: true });
        git(join(folder, 'main'), 'worktree', 'add', '-q', join(folder, 'repo'));
      },
      `untracked ${line} main/.git/info/exclude`,
    ],
  ];
  for (const [what, prepare, withGit, withoutGit = withGit] of cases) {
    for (const [how, path, expected] of [
      ['with Git', process.env['PATH'], withGit],
      ['without Git', '/nowhere', withoutGit],
    ] as const) {
      test(`a file ${what}, ${how}: ${expected.split(' ', 1)[0] ?? ''}`, async () => {
        mkdirSync(join(folder, 'repo'));
        prepare();
        const standing = await gitStandingOf(join(folder, local), env(path));
        const said =
          standing.state === 'untracked' ? `untracked ${standing.line} ${standing.excludePath}` : standing.state;
        assert.equal(said.replaceAll(`${folder}/`, ''), expected);
      });
    }
  }

  test('the line is a pattern that Git takes for that file, whatever its name', async () => {
    const odd = 'repo/#a [b]*!/c\\d ?/.claude/settings.local.json';
    mkdirSync(join(folder, 'repo'));
    git(join(folder, 'repo'), 'init', '-q');
    const before = await gitStandingOf(join(folder, odd), env(process.env['PATH']));
    assert.ok(before.state === 'untracked');
    writeFileSync(before.excludePath, `${before.line}\n`);
    assert.equal((await gitStandingOf(join(folder, odd), env(process.env['PATH']))).state, 'ignored');
  });

  test('a file is committed also where Git starts to answer and then fails', async () => {
    if (process.platform === 'win32') return; // a script is no program there
    mkdirSync(join(folder, 'repo'));
    git(join(folder, 'repo'), 'init', '-q');
    write(local);
    git(join(folder, 'repo'), 'add', '-f', '.');
    const found = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\ncase "$*" in *ls-files*|*check-ignore*) exit 128;; esac\nexec ${found} "$@"\n`;
    write('bin/git', script);
    chmodSync(join(folder, 'bin/git'), 0o755);
    assert.deepEqual(await gitStandingOf(join(folder, local), env(join(folder, 'bin'))), { state: 'tracked' });
  });

  test('the root of a repository is the nearest one', async () => {
    mkdirSync(join(folder, 'repo/app'), { recursive: true });
    git(join(folder, 'repo'), 'init', '-q');
    assert.equal(await repositoryRootOf(join(folder, 'repo/app')), join(folder, 'repo'));
    assert.equal(await repositoryRootOf(folder), undefined);
  });
});
