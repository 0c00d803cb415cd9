import { execFile, spawn } from 'node:child_process';
import { devNull } from 'node:os';

export type Environment = Readonly<Record<string, string | undefined>>;

export type GitAnswer =
  | { readonly state: 'answered'; readonly output: string }
  | { readonly state: 'refused'; readonly exitCode: number | undefined; readonly reason: string }
  /** There is no program `git`. */
  | { readonly state: 'missing' }
  /** It took too long, or said too much. */
  | { readonly state: 'tooMuch' }
  /** The question was taken back. */
  | { readonly state: 'aborted' };

export interface GitOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal;
  /** How long one question may take. */
  readonly timeoutMs?: number;
}

/** Asks the program `git` about a local repository. It changes nothing there, and goes to no network. */
export interface Git {
  ask(folder: string, ...args: readonly string[]): Promise<GitAnswer>;
  /**
   * `git blame`, without the user's own settings: with `blame.ignoreRevsFile` it breaks down in every repository that has
   * no such file. The repository must have been asked something before.
   */
  blame(folder: string, ...args: readonly string[]): Promise<GitAnswer>;
  /** What `git patch-id --stable` makes of the patches that a question is answered with: lines of an id and a commit. */
  patchIds(folder: string, ...args: readonly string[]): Promise<GitAnswer>;
}

const maxBytes = 64 * 1024 * 1024;

export function createGit({ env, signal, timeoutMs = 20_000 }: GitOptions): Git {
  // Variables that point Git at another repository are those of a hook or a script that started the editor.
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  const options = {
    env: {
      ...own,
      LC_ALL: 'C',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      // A partial clone would fetch what it lacks: no protocol of this name is there.
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      GIT_LITERAL_PATHSPECS: '1',
    },
    timeout: timeoutMs,
    windowsHide: true,
    ...(signal && { signal }),
  };
  const argumentsOf = (folder: string, args: readonly string[]): string[] => ['-C', folder, ...safely, ...args];

  const answerOf = (args: string[], env: Environment): Promise<GitAnswer> =>
    new Promise(done => {
      const how = { ...options, env: { ...options.env, ...env }, maxBuffer: maxBytes };
      execFile('git', args, how, (error, output, reason) => {
        done(error ? refusalOf(error, reason, signal) : { state: 'answered', output });
      });
    });

  return {
    ask: (folder, ...args) => answerOf(argumentsOf(folder, args), {}),

    blame: (folder, ...args) =>
      // That the repository is the user's own, or may be read, was said by what it answered before.
      answerOf(argumentsOf(folder, ['-c', 'safe.directory=*', 'blame', '--no-textconv', ...args]), {
        GIT_CONFIG_GLOBAL: devNull,
        GIT_CONFIG_NOSYSTEM: '1',
      }),

    async patchIds(folder, ...args) {
      const patches = spawn('git', argumentsOf(folder, args), { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
      const isWhole = new Promise<boolean>(done => {
        patches.on('error', () => done(false));
        patches.on('close', code => done(code === 0));
      });
      const ids = new Promise<GitAnswer>(done => {
        const reader = execFile(
          'git',
          argumentsOf(folder, ['patch-id', '--stable']),
          { ...options, maxBuffer: maxBytes },
          (error, output, reason) => {
            patches.kill();
            done(error ? refusalOf(error, reason, signal) : { state: 'answered', output });
          },
        );
        reader.stdin?.on('error', () => patches.kill());
        if (reader.stdin) patches.stdout.pipe(reader.stdin);
      });
      const answer = await ids;
      if (await isWhole) return answer;
      return answer.state === 'answered' ? { state: 'tooMuch' } : answer;
    },
  };
}

/** A repository or the user's settings may name programs to run, and files to read: none is needed. */
const safely = [
  '--no-pager',
  '--no-optional-locks',
  ...[
    'core.fsmonitor=false',
    'core.quotePath=false',
    'diff.renameLimit=1000',
    'log.showSignature=false',
    'submodule.recurse=false',
  ].flatMap(setting => ['-c', setting]),
];

interface Failure extends Error {
  readonly code?: string | number | null;
  readonly killed?: boolean;
}

function refusalOf(error: Failure, reason: string, signal: AbortSignal | undefined): GitAnswer {
  if (signal?.aborted === true) return { state: 'aborted' };
  if (error.code === 'ENOENT') return { state: 'missing' };
  if (error.killed === true || error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { state: 'tooMuch' };
  return { state: 'refused', exitCode: typeof error.code === 'number' ? error.code : undefined, reason: reason.trim() };
}
