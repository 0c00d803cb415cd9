import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readHistory, type ReadHistory } from '../../../src/git/history.ts';
import { createGit, type Git } from '../../../src/git/git.ts';
import { fateOfLines } from '../../../src/git/lines.ts';
import { placeOf, refsOf } from '../../../src/git/repository.ts';
import type { GitProblem, LineFate } from '../../../src/core/gitOutcome.ts';

export interface CommitOptions {
  /** By path; undefined removes the file. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly by?: string;
  readonly body?: string;
  /** When it was written, if that is not when it is committed. */
  readonly authoredAt?: string;
  readonly worktree?: string;
}

/** What the tests' repositories begin at. */
export const day = (count: number, time = '12:00:00'): string =>
  `${new Date(Date.UTC(2026, 8, 1 + count)).toISOString().slice(0, 10)}T${time}Z`;

/** A repository made by the real git, in a folder of its own, apart from the settings of the machine. */
export class GeneratedRepository {
  readonly folder: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;

  constructor({ isInitialised = true }: { readonly isInitialised?: boolean } = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'ai-spend-meter-git-')));
    this.root = join(this.folder, 'shop');
    mkdirSync(this.root);
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      GIT_CONFIG_NOSYSTEM: '1',
    };
    writeFileSync(
      join(this.folder, '.gitconfig'),
      '[user]\n\tname = Dev\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n[commit]\n\tgpgSign = false\n[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n',
    );
    if (isInitialised) this.git('init', '--quiet');
  }

  git(...args: readonly string[]): string {
    return this.gitAt(day(0), ...args);
  }

  /** Runs git as if it were some moment. */
  gitAt(at: string, ...args: readonly string[]): string {
    return this.#run({ at, worktree: this.root, args });
  }

  write(files: Readonly<Record<string, string | undefined>>, worktree = this.root): void {
    for (const [path, text] of Object.entries(files)) {
      const place = join(worktree, path);
      if (text === undefined) {
        rmSync(place);
        continue;
      }
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }

  /** @returns the hash of the new commit */
  commit(at: string, subject: string, options: CommitOptions = {}): string {
    const { files = {}, by, body, authoredAt = at, worktree = this.root } = options;
    this.write(files, worktree);
    this.#run({ at, worktree, args: ['add', '--all'] });
    const message = body === undefined ? ['-m', subject] : ['-m', subject, '-m', body];
    const author = by === undefined ? [] : ['--author', by];
    this.#run({
      at,
      authoredAt,
      worktree,
      args: ['commit', '--quiet', '--allow-empty', ...author, ...message],
    });
    return this.#run({ at, worktree, args: ['rev-parse', 'HEAD'] });
  }

  /** @returns the hash of the merge */
  merge(at: string, branch: string, subject: string, body?: string): string {
    const message = body === undefined ? subject : `${subject}\n\n${body}`;
    this.gitAt(at, 'merge', '--quiet', '--no-ff', '-m', message, branch);
    return this.git('rev-parse', 'HEAD');
  }

  reader(env: Readonly<Record<string, string>> = this.env): Git {
    return createGit({ env });
  }

  async history(since = day(-30), root = this.root): Promise<ReadHistory> {
    const read = await this.read(since, root);
    if (typeof read === 'string') throw new TypeError(read);
    return read;
  }

  async read(since = day(-30), root = this.root): Promise<ReadHistory | GitProblem> {
    const git = this.reader();
    const place = await placeOf(git, root);
    if (typeof place === 'string') return place;
    const refs = await refsOf(git, place);
    if (typeof refs === 'string') return refs;
    return readHistory(git, { place, refs, sinceMs: Date.parse(since) });
  }

  /** What became of the lines of the commit with a subject. */
  async fate(subject: string, now = day(100)): Promise<LineFate | undefined> {
    const { history, mainline } = await this.history();
    const commit = history.commits.find(one => one.subject === subject);
    if (!commit) throw new TypeError(`no commit ${subject}`);
    const { root, isShallow } = history;
    return fateOfLines(this.reader(), { root, mainline, isShallow, commit, nowMs: Date.parse(now) });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #run(how: {
    readonly at: string;
    readonly authoredAt?: string;
    readonly worktree: string;
    readonly args: readonly string[];
  }): string {
    const { at, authoredAt = at, worktree, args } = how;
    const env = { ...this.env, GIT_COMMITTER_DATE: at, GIT_AUTHOR_DATE: authoredAt };
    return execFileSync('git', args, { cwd: worktree, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  }
}

/** So many lines that are all different, and long enough to be found again where they are moved to. */
export function lines(name: string, count: number): string {
  const each = (_: unknown, index: number): string =>
    `const ${name}${String(index)} = compute('${name}', ${String(index * 7919)});\n`;
  return Array.from({ length: count }, each).join('');
}
