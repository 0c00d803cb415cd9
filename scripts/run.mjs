import { spawn } from 'node:child_process';

/**
 * Runs a program to its end, in our terminal.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code; 1 if it was killed or could not be started
 */
export function run(program, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    // We end when the child does. Ctrl-C in a terminal reaches it without us, and twice means "do not tidy up" to many.
    const forward = signal => {
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.on(signal, forward);
    const done = code => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code ?? 1);
    };
    child.on('error', error => {
      console.error(`${program}: ${error.message}`);
      done(1);
    });
    child.on('exit', done);
  });
}

/**
 * Runs a program quietly; its words are shown only if it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean }} [options]
 * @returns {Promise<string>} what it printed
 * @throws {Error} if it fails, with what it printed
 */
export function runQuietly(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const words = [];
    child.stdout.on('data', chunk => words.push(chunk));
    child.stderr.on('data', chunk => words.push(chunk));
    const text = () => Buffer.concat(words).toString('utf8');
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(text());
      else reject(new Error(`"${[program, ...args].join(' ')}" failed (${code ?? 'killed'}):\n${text().trimEnd()}`));
    });
  });
}
